"""The shots alone, for the student of the same name: the frozen encoder with one vector a class."""

from promptmix.arms.arm import Arm

ARM = Arm(only_shots=True, note="the encoder's nearest class, untrained")
