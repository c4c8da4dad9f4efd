"""The shots alone."""

from promptmix.arms.arm import Arm

ARM = Arm(only_shots=True)
