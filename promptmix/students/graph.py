"""A trained student as one torch module, from token ids to probabilities, so that it can be exported."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch


class Graph(NamedTuple):
    """What a kind of student gives to be exported."""

    module: "torch.nn.Module"
    """Takes ``input_ids`` and ``attention_mask``, int64 of shape (b, s); returns probabilities, float32 of (b, c)."""

    tokenizer: Any
    """Of transformers, as it cuts and pads the student's texts."""


def pooled_graph(encoder: Path, folder: Path) -> Graph:
    """Return an encoder, mean pooling and the linear classifier of the student's folder as one module."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()

    saved = load_file(folder / "probe.safetensors")

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = AutoModel.from_pretrained(encoder, dtype=torch.float32, attn_implementation="eager")
            self.weight, self.bias = (torch.nn.Parameter(saved[name].float()) for name in ("weight", "bias"))

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state  # [b x s x d]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            vectors = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)
            return torch.softmax(vectors @ self.weight.T + self.bias, dim=1)

    return Graph(Pooled().eval(), AutoTokenizer.from_pretrained(encoder))


def headed_graph(folder: Path) -> Graph:
    """Return a transformers model with a classification head as one module."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()

    class Headed(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModelForSequenceClassification.from_pretrained(
                folder, dtype=torch.float32, attn_implementation="eager"
            )

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            return torch.softmax(self.model(input_ids=input_ids, attention_mask=attention_mask).logits, dim=1)

    return Graph(Headed().eval(), AutoTokenizer.from_pretrained(folder))
