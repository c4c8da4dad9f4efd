"""``relabeled`` without the shots."""

from dataclasses import replace

from promptmix.arms.catalog import relabeled

ARM = replace(relabeled.ARM, has_shots=False)
