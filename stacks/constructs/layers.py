"""The layers of a stack: our own code and named sets of dependencies."""

from functools import cached_property
from typing import Literal

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.bundling import ROOT, UvBundling, bundled, domain_bundling, target_of
from tradewind.config import Config

LayerName = Literal["domain", "edge", "collector", "enrichment", "cleaning"]


class Layers(Construct):
    """Builds each layer that the functions of a stack ask for, once.

    Layers belong to the stack that uses them: a layer version that another stack reads could never be replaced.
    """

    def __init__(self, scope: Construct, id: str, *, config: Config) -> None:
        super().__init__(scope, id)
        self._target = target_of(config.env)
        self._built: dict[LayerName, lambda_.LayerVersion] = {}

    @cached_property
    def domain(self) -> lambda_.LayerVersion:
        """The packages `tradewind` and `analytics` (the SQL)."""
        return self._layer("Domain", folder="domain", bundling=domain_bundling(self._target, prefix="python"))

    def named(self, *names: LayerName) -> list[lambda_.ILayerVersion]:
        """Return the layers called `names`."""
        return [self.domain if name == "domain" else self._dependencies(name) for name in names]

    @property
    def architecture(self) -> lambda_.Architecture:
        arm = self._target.architecture == "arm64"
        return lambda_.Architecture.ARM_64 if arm else lambda_.Architecture.X86_64

    def _dependencies(self, name: LayerName) -> lambda_.LayerVersion:
        """Return the layer of `layers/<name>/requirements.txt`."""
        if name not in self._built:
            requirements = ROOT / "layers" / name / "requirements.txt"
            bundling = UvBundling(target=self._target, requirements=requirements, prefix="python")
            self._built[name] = self._layer(name.capitalize(), folder=name, bundling=bundling)
        return self._built[name]

    def _layer(self, id: str, *, folder: str, bundling: UvBundling) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            id,
            code=lambda_.Code.from_asset(**bundled(ROOT / "layers" / folder, bundling, target=self._target)),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[self.architecture],
        )
