"""The layers of a stack: our own code and named sets of dependencies."""

from functools import cached_property
from typing import Literal

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.bundling import ROOT, UvBundling, bundled, domain_bundling, target_of
from tradewind.config import Config

LayerName = Literal["domain", "edge", "sales"]


class Layers(Construct):
    """Builds each layer that the functions of a stack ask for, once.

    Layers belong to the stack that uses them: a layer version that another stack reads could never be replaced.
    """

    def __init__(self, scope: Construct, id: str, *, config: Config) -> None:
        super().__init__(scope, id)
        self._target = target_of(config.env)

    @cached_property
    def domain(self) -> lambda_.LayerVersion:
        """The packages `tradewind` and `analytics` (the SQL)."""
        return self._layer("Domain", folder="domain", bundling=domain_bundling(self._target, prefix="python"))

    @cached_property
    def edge(self) -> lambda_.LayerVersion:
        return self._layer("Edge", folder="edge", bundling=self._requirements("edge"))

    @cached_property
    def sales(self) -> lambda_.LayerVersion:
        return self._layer("Sales", folder="sales", bundling=self._requirements("sales"))

    def named(self, *names: LayerName) -> list[lambda_.ILayerVersion]:
        """Return the layers called `names`."""
        return [getattr(self, name) for name in names]

    @property
    def architecture(self) -> lambda_.Architecture:
        arm = self._target.architecture == "arm64"
        return lambda_.Architecture.ARM_64 if arm else lambda_.Architecture.X86_64

    def _requirements(self, name: str) -> UvBundling:
        return UvBundling(
            target=self._target, requirements=ROOT / "layers" / name / "requirements.txt", prefix="python"
        )

    def _layer(self, id: str, *, folder: str, bundling: UvBundling) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            id,
            code=lambda_.Code.from_asset(**bundled(ROOT / "layers" / folder, bundling, target=self._target)),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[self.architecture],
        )
