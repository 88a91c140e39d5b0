"""What a service's image was built with, as far as the image itself says it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .engine import talking
from .job import Job
from .model import Spec, image_of


def built_with(job: Job, spec: Spec, name: str) -> tuple[bool, str | None]:
    """Whether a service's image is there, and a variable's value in it; None where it does not name it.

    Raises:
        NotReadyError: the engine went away.
    """
    import docker.errors

    reference = image_of(job.stack, spec)
    try:
        with talking():
            image = job.client.inspect_image(reference)
            history = job.client.history(reference)
    except docker.errors.NotFound:
        return False, None
    return True, variable_in(image.get("Config") or {}, history, name)


def variable_in(config: Mapping[str, Any], history: Sequence[Mapping[str, Any]], name: str) -> str | None:
    """A variable that an image was built with: its environment, its labels, or the arguments of its layers.

    Docker notes the arguments that a ``RUN`` saw in the layer's history: ``|1 NAME=true /bin/sh -c …``
    (engine 20.10, classic builder), ``RUN |1 NAME=true /bin/sh -c …`` (BuildKit). Of a build in several
    stages only those of the last one are in the image.
    """
    for pair in config.get("Env") or ():
        key, _, value = str(pair).partition("=")
        if key == name:
            return value
    label = (config.get("Labels") or {}).get(name)
    if label is not None:
        return str(label)
    for layer in history:
        said = re.search(rf"(?:^|\s){re.escape(name)}=(\S*)", str(layer.get("CreatedBy") or ""))
        if said:
            return said[1].strip("\"'")
    return None
