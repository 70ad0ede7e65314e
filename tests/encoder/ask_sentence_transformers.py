"""Run by the training environment: vectors of the texts on stdin (a JSON list), as sentence-transformers makes them.

The published folder's own modules, put together here from their parts, since only weights and tokenizer are kept:
BERT, the mean over the words, length 1.
"""

import json
import sys
from pathlib import Path


def main(folder: str, out: str) -> None:
    from safetensors.torch import load_file
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    place = Path(out).parent / "model"
    config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
    bert = BertModel(config, add_pooling_layer=False)
    state = {name: value for name, value in load_file(f"{folder}/model.safetensors").items() if "pooler" not in name}
    missing = bert.load_state_dict(state, strict=False).missing_keys
    assert not [name for name in missing if "position_ids" not in name], missing
    bert.save_pretrained(place)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=f"{folder}/tokenizer.json",
        **{"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]"},
    )
    tokenizer.save_pretrained(place)
    words = Transformer(str(place), max_seq_length=256)
    model = SentenceTransformer(modules=[words, Pooling(384, pooling_mode="mean"), Normalize()], device="cpu")
    vectors = model.encode(json.load(sys.stdin), batch_size=1)
    Path(out).write_text(json.dumps(vectors.tolist()))


if __name__ == "__main__":
    main(*sys.argv[1:])
