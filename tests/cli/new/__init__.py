"""Tests of `promptmix new`."""
