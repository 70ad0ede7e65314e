"""Other search libraries over the same products, each as its own documentation sets it up for a short answer."""

import importlib
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.measure import ROOT
from benchmarks.search_catalogue import Made
from tradewind.search.encoder import TextEncoder
from tradewind.search.text import stem, words

TOP = 100

Search = Callable[[str, str], object]


def rivals(made: Sequence[Made], encoder: TextEncoder) -> dict[str, Search]:
    """Return what can be measured here, by name. Looks into RIVALS, by default .venvs/rivals, and this environment."""
    folder = os.environ.get("RIVALS", str(ROOT / ".venvs" / "rivals"))
    sys.path.append(folder)  # behind our own libraries, so that both sides use the same NumPy
    found: dict[str, Search] = {}
    for name, module, make in (
        ("tantivy BM25", "tantivy", _tantivy),
        ("bm25s", "bm25s", _bm25s),
        ("faiss flat + SQLite FTS5", "faiss", _faiss_and_fts5),
    ):
        try:
            library = importlib.import_module(module)
        except ImportError as error:
            print(f"{name} is not measured: {error}", file=sys.stderr)
            continue
        found[name] = make(library, made, encoder)
    return found


def _tantivy(tantivy: Any, made: Sequence[Made], encoder: TextEncoder) -> Search:
    builder = tantivy.SchemaBuilder()
    for field in ("name", "description"):
        builder.add_text_field(field, stored=False, tokenizer_name="en_stem")
    builder.add_integer_field("row", stored=True, fast=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(100_000_000, 1)
    for row, each in enumerate(made):
        writer.add_document(tantivy.Document(name=each.record["name"], description=each.record["description"], row=row))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(query: str, category: str) -> object:
        parsed = index.parse_query(query, ["name", "description"], field_boosts={"name": 3.0})
        return searcher.search(parsed, TOP).hits

    return search


def _bm25s(bm25s: Any, made: Sequence[Made], encoder: TextEncoder) -> Search:
    corpus = [[stem(word, "en") for word in words(_text(each))] for each in made]
    retriever = bm25s.BM25()
    retriever.index(corpus, show_progress=False)

    def search(query: str, category: str) -> object:
        stems = [[stem(word, "en") for word in words(query)]]
        return retriever.retrieve(stems, k=TOP, show_progress=False)

    return search


def _faiss_and_fts5(faiss: Any, made: Sequence[Made], encoder: TextEncoder) -> Search:
    faiss.omp_set_num_threads(1)
    vectors = encoder.encode_many([each.record["name"] for each in made])
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    database = sqlite3.connect(":memory:")
    database.execute("create virtual table product using fts5(name, description, tokenize='porter unicode61')")
    rows = ((row, each.record["name"], each.record["description"]) for row, each in enumerate(made))
    database.executemany("insert into product (rowid, name, description) values (?, ?, ?)", rows)

    def search(query: str, category: str) -> object:
        vector = np.asarray(encoder.encode(query), np.float32).reshape(1, -1)
        _, near = flat.search(vector, TOP)
        matched = database.execute(
            "select rowid from product where product match ? order by bm25(product, 3.0, 1.0) limit ?",
            (" OR ".join(f'"{word}"' for word in words(query)), TOP),
        ).fetchall()
        return near, matched

    return search


def _text(made: Made) -> str:
    return f"{made.record['name']} {made.record['description']}"
