"""The layers of a stack: our own code and named sets of dependencies."""

from functools import cached_property
from typing import Literal

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.bundling import ROOT, AssetBundling, UvBundling, bundled, domain_bundling, target_of
from stacks.constructs.encoder import BUILT, IN_LAMBDA, EncoderBundling
from tradewind.config import Config

LayerName = Literal["domain", "edge", "collector", "enrichment", "cleaning", "search", "encoder", "opensearch"]


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

    @cached_property
    def encoder(self) -> lambda_.LayerVersion:
        """The query encoder, below /opt/encoder."""
        return self._layer("Encoder", folder="encoder", bundling=EncoderBundling())

    @property
    def encoder_environment(self) -> dict[str, str]:
        """What a function that encodes texts needs beside the layer `encoder`.

        In the local cloud functions are processes of this machine and read what was built, where it was built: one
        that is built after the deployment is found too.
        """
        return {"ENCODER_FOLDER": str(BUILT) if self._target.is_host else IN_LAMBDA}

    def named(self, *names: LayerName) -> list[lambda_.ILayerVersion]:
        """Return the layers called `names`; in the local cloud without `encoder`, which is read where it was built."""
        wanted = [name for name in names if not (name == "encoder" and self._target.is_host)]
        return [self._layer_of(name) for name in wanted]

    @property
    def architecture(self) -> lambda_.Architecture:
        arm = self._target.architecture == "arm64"
        return lambda_.Architecture.ARM_64 if arm else lambda_.Architecture.X86_64

    def _layer_of(self, name: LayerName) -> lambda_.LayerVersion:
        match name:
            case "domain":
                return self.domain
            case "encoder":
                return self.encoder
            case _:
                return self._dependencies(name)

    def _dependencies(self, name: LayerName) -> lambda_.LayerVersion:
        """Return the layer of `layers/<name>/requirements.txt`."""
        if name not in self._built:
            requirements = ROOT / "layers" / name / "requirements.txt"
            bundling = UvBundling(target=self._target, requirements=requirements, prefix="python")
            self._built[name] = self._layer(name.capitalize(), folder=name, bundling=bundling)
        return self._built[name]

    def _layer(self, id: str, *, folder: str, bundling: AssetBundling) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            id,
            code=lambda_.Code.from_asset(**bundled(ROOT / "layers" / folder, bundling, target=self._target)),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[self.architecture],
        )
