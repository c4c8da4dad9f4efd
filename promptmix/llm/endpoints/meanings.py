"""What the words of a refusal mean, in the phrases of many servers."""

import re

MODEL = re.compile(
    r"model[^.]{0,80}(?:not found|does not exist|n.t exist|not exist|unknown|not available|no longer|deprecated|"
    r"retired)|(?:unknown|invalid|no such|not a valid) model|model_not_found|deploymentnotfound|"
    r"not found[^.]{0,40}pulling",
    re.IGNORECASE,
)
NO_MODEL = re.compile(
    r"model[^.]{0,80}(?:not found|does not exist|n.t exist|not exist|retired)|(?:unknown|no such) model|"
    r"model_not_found|deploymentnotfound|not found[^.]{0,40}pulling",
    re.IGNORECASE,
)
"""That the model is not there, in words that are not used of a field of the request."""

KEY = re.compile(
    r"api[ _-]?key|unauthorized|authenticat|credential|access denied|access token|permission", re.IGNORECASE
)
MONEY = re.compile(
    r"insufficient_quota|insufficient[ _](?:credit|balance|fund)|billing_|credit balance|payment required|"
    r"out of credits",
    re.IGNORECASE,
)
FILTER = re.compile(
    r"content[_ ]?filter|content management|content[_ ]policy|moderation|flagged|safety|responsibleai|"
    r"policy violation|usage policies|guardrail|inappropriate|harmful|unsafe|_sensitive|data_?inspection|"
    r"sensitive (?:content|word|information|topic)|敏感|违规|不合规",
    re.IGNORECASE,
)
LONG = re.compile(
    r"context[ _](?:length|window|size)|maximum context|too long|too many (?:input )?tokens", re.IGNORECASE
)
LOADING = re.compile(r"loading|starting|warming|not ready|initiali[sz]ing|waking", re.IGNORECASE)
STILL_LOADING = re.compile(
    r"\b(?:is|still|currently|being)\s+(?:(?:still|currently|being)\s+)*"
    r"(?:loading|loaded|starting|warming|initiali[sz]ing|waking|not (?:yet )?ready)",
    re.IGNORECASE,
)
OVERLOADED = re.compile(
    r"overloaded|capacity exceeded|at (?:full )?capacity|too many requests|rate[ _]limit|too busy|"
    r"(?:server|model|service|engine) is (?:currently )?busy",
    re.IGNORECASE,
)
