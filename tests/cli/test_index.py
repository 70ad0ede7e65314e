"""`tradewind index`: an index on its way to a real OpenSearch and back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.catalog.catalog_cloud import put
from tests.cli.athena_answers import CannedAthena
from tests.cli.conftest import IndexedShop, Run
from tests.opensearch_server import opensearch_server
from tradewind.aws import clients, deployed, opensearch_wiring, wiring
from tradewind.aws.answering_engines import let_answer
from tradewind.aws.opensearch_client import connect
from tradewind.aws.opensearch_publisher import OpenSearchPublisher
from tradewind.aws.opensearch_wiring import ClusterAddress
from tradewind.evaluation.judgements import Judgement
from tradewind.search.opensearch.version_facts import all_versions

LAMPS = [put("a", name="Red lamp", price=9), put("b", name="Blue lamp", price=12), put("c", name="Rug", price=80)]
COLUMNS = (("query", "varchar"),)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with opensearch_server(tmp_path_factory.mktemp("opensearch")) as found:
        yield found


@pytest.fixture
def cluster(url: str, shop: IndexedShop, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClusterAddress]:
    """A shop of three products whose functions know a cluster that has none of them."""
    here, own = ClusterAddress(url, "server"), f"test{uuid4().hex[:8]}"  # not in a laptop's own indexes
    reading, writing = opensearch_wiring.cluster_reader, opensearch_wiring.cluster_publisher
    for name in ("OPENSEARCH_URL", "OPENSEARCH_KIND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(wiring, "cluster_of_functions", lambda env: here)
    monkeypatch.setattr(opensearch_wiring, "cluster_reader", lambda at, env, **named: reading(at, own, **named))
    monkeypatch.setattr(opensearch_wiring, "cluster_publisher", lambda at, env, encoder: writing(at, own, encoder))
    monkeypatch.setattr(clients, "athena", CannedAthena(COLUMNS).client)
    shop.store.set_settings("products", {"searchableAttributes": ["name"], "replicas": ["cheapest"]})
    shop.store.edit("products", LAMPS)
    shop.index()
    yield here
    client = connect(url, "server", writing=True)
    for version in client.indices.get(index=all_versions(own)):
        client.indices.delete(index=version)
    client.close()


def engine() -> str:
    (products,) = [each for each in deployed.published_indexes("local") or () if each["name"] == "products"]
    return str(products["engine"])


def test_a_move_fills_compares_on_live_queries_and_flips(
    run: Run, cluster: ClusterAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    athena = CannedAthena(COLUMNS, [[["lamp"], ["red lamp"]]])
    monkeypatch.setattr(clients, "athena", athena.client)
    wiring.judgement_store().put("products", [Judgement("red lamp", "a", 3), Judgement("red lamp", "c", 0)])
    assert engine() == "embedded"
    said = run("index", "move", "products", "--to", "opensearch")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0].startswith("products: 3 records on the cluster, by words alone, version ")
    assert lines[1].startswith("2 queries (the most frequent queries of shoppers)")
    assert lines[2].split() == ["1.00", "2", "/", "2", "lamp"]
    assert lines[4] == "overlap@10 1.000"
    assert lines[5].startswith("embedded -> opensearch: ndcg@10 1.0000 -> 1.0000 on 1 judged queries")
    assert lines[6].startswith("products: the cluster answers, with 3 records")
    assert engine() == "opensearch"
    assert "index_name = 'products' and query <> ''" in athena.asked[0]
    answered = json.loads(run("search", "lamp", "--index", "cheapest", "--json").out)
    assert answered["count"] == 2

    assert run("index", "flip", "--to", "embedded").out == "products: the embedded engine answers\n"
    assert engine() == "embedded"
    assert run("index", "flip").out == "products: the cluster answers, with 3 records\n"


def test_where_nobody_searched_names_of_products_are_asked(run: Run, cluster: ClusterAddress) -> None:
    run("index", "backfill")
    said = run("index", "compare")
    assert said.status == 0
    assert said.out.startswith("3 queries (names of products: nobody searched yet)")
    assert said.out.endswith("overlap@10 1.000\nno stored judgements: no nDCG@10\n")


def test_where_athena_cannot_say_the_reason_is_told(
    run: Run, cluster: ClusterAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "athena", CannedAthena(states=["FAILED"], reason="TABLE_NOT_FOUND: x").client)
    run("index", "backfill")
    told = "(names of products: view top_queries cannot be read (TABLE_NOT_FOUND: x))"
    assert told in run("index", "compare").out


def test_a_move_that_cannot_be_compared_flips_only_by_force(run: Run, cluster: ClusterAddress, tmp_path: Path) -> None:
    nothing = tmp_path / "queries.txt"
    nothing.write_text("\n")
    said = run("index", "move", "--queries", str(nothing))
    assert said.status == 1
    assert said.err == "products: not flipped: there was no query to compare; to flip all the same: --force\n"
    assert engine() == "embedded"
    assert run("index", "move", "--queries", str(nothing), "--force").status == 0
    assert engine() == "opensearch"


def test_what_is_edited_during_a_backfill_is_brought_by_the_indexer(
    run: Run, cluster: ClusterAddress, shop: IndexedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = OpenSearchPublisher.publish

    def late(self: OpenSearchPublisher, *arguments: Any, **named: Any) -> Any:
        done = publish(self, *arguments, **named)
        shop.store.edit("products", [put("a", name="Red lamp, new"), put("d", name="Green lamp")])
        shop.store.set_settings("products", {"hitsPerPage": 3})
        shop.index()  # the embedded engine alone: as if the cluster's old version had got it
        return done

    monkeypatch.setattr(OpenSearchPublisher, "publish", late)
    said = run("index", "backfill")
    assert said.out.endswith(", 2 edited meanwhile: the indexer brings them\n")
    asked = {task.kind: set(task.object_ids) for task in shop.store.tasks.all()}
    assert asked == {"definition": set(), "records": {"a", "d"}}


def test_an_index_that_the_cluster_lacks_or_has_in_part_is_not_flipped(
    run: Run, cluster: ClusterAddress, shop: IndexedShop
) -> None:
    assert "the cluster has none of that name: `tradewind index backfill products`" in run("index", "flip").err
    run("index", "backfill")
    shop.store.edit("products", [put("d", name="Kayak")])
    shop.index()
    said = run("index", "flip")
    assert said.status == 1
    assert "has 4 records embedded and 3 on the cluster: `tradewind index backfill products`" in said.err
    assert engine() == "embedded"


def test_functions_that_know_no_cluster_are_told_about_first(
    run: Run, cluster: ClusterAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "cluster_of_functions", lambda env: None)
    assert "OPENSEARCH_URL is not set: give the address" in run("index", "move").err
    monkeypatch.setenv("OPENSEARCH_URL", cluster.url)
    said = run("index", "move")
    assert said.status == 1
    assert "the functions of local know no cluster: first make up ENGINE=opensearch OPENSEARCH_URL=..." in said.err
    let_answer(wiring.snapshot_store(), "products", "opensearch")
    assert engine() == "embedded"  # whatever the pointer says


@pytest.mark.parametrize("name", ["nothing", "cheapest"])
def test_a_name_that_is_no_index_of_its_own_is_refused(run: Run, cluster: ClusterAddress, name: str) -> None:
    assert f"index '{name}': there is no such index of its own" in run("index", "move", name).err
    assert run("index", "flip", name, "--to", "embedded").status == 1


def test_the_cluster_is_evaluated_where_it_answers_or_is_asked_for(
    run: Run, cluster: ClusterAddress, tmp_path: Path
) -> None:
    judgements = tmp_path / "judgements.csv"
    judgements.write_text("query,sku,grade\nlamp,a,1\nlamp,b,1\nlamp,c,0\n")
    run("index", "backfill")
    said = run("evaluate", "search", str(judgements), "--engine", "opensearch", "--json")
    assert "index products: opensearch, version " in said.err
    assert json.loads(said.out)["runs"]["bm25"]["ndcg@10"] == pytest.approx(1)
    (key,) = wiring.lake_store().list("evaluations/search/")
    made = json.loads(wiring.lake_store().read_text(key) or "")["provenance"]
    assert (made["engine"], made["versions"]["opensearch"].split(".")[0].isdecimal()) == ("opensearch", True)
    assert "index products: embedded, version " in run("evaluate", "search", str(judgements)).err
    run("index", "flip")
    assert "index products: opensearch, version " in run("evaluate", "search", str(judgements)).err
