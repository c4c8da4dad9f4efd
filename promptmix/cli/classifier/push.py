"""`promptmix push`: put a released classifier on the Hugging Face hub."""

import re
from pathlib import Path

from promptmix.classifier.bundle import NAME, load_bundle
from promptmix.core.errors import ClassifierError

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
CARD = "README.md"


def push(model: Path, repository: str, *, private: bool) -> str:
    """Upload a classifier as one commit, and return where it is then.

    The token is that of ``HF_TOKEN`` or of ``hf auth login``; ``HF_ENDPOINT`` names another hub.

    Args:
        model: Its folder; of its files, those of classifier.json, and the card.
        repository: As the hub names it, ``owner/name``; made where it is not there.
        private: Make it so that only its owners see it.

    Raises:
        ClassifierError: the folder is damaged, or the hub cannot be reached or refuses.
    """
    if not REPOSITORY.fullmatch(repository):
        raise ClassifierError(f"{repository!r} is no name of a repository; expected owner/name")
    bundle = load_bundle(model)
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    api = HfApi()
    try:
        api.create_repo(repository, private=private or None, exist_ok=True)
        done = api.upload_folder(
            repo_id=repository,
            folder_path=model,
            allow_patterns=[*bundle.files, NAME, CARD],
            commit_message=f"{bundle.kind} classifier of {len(bundle.labels)} classes",
        )
    except HfHubHTTPError as error:
        raise ClassifierError(f"{repository}: {_refused(error)}") from None
    except (OfflineModeIsEnabled, HFValidationError) as error:
        raise ClassifierError(f"{repository}: {_line(error)}") from None
    except Exception as error:
        if not isinstance(error, OSError) and not type(error).__module__.startswith("httpx"):
            raise  # the hub's client has used httpx, and httpx2 since, without a name of its own for their errors
        raise ClassifierError(f"{constants.ENDPOINT} cannot be reached ({_line(error)}); nothing was changed") from None
    return f"{model} is at {constants.ENDPOINT}/{repository} (commit {done.oid[:12]})"


def _refused(error: Exception) -> str:
    """Return what a hub's refusal means for whoever reads it."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    meaning = {
        401: "the hub knows no such token; set HF_TOKEN to one that may write, or run `hf auth login`",
        403: "the token may not write there; take one with write access, or another owner",
        404: "no such owner, or the token may not see it",
        429: "too many requests; wait a while",
    }.get(status)
    return f"refused with status {status}: {meaning}" if meaning else f"refused: {_line(error)}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
