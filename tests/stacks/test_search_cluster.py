"""The cluster of search: closed to all but our functions, and of the engine that the configuration names."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import aws_cdk as cdk
import pytest

from stacks.platform import Platform
from tests.stacks.templates import PROD, context, resources
from tradewind.config import HOW_TO_GET_OPENSEARCH, SearchEngine, config_for
from tradewind.errors import InputError


@cache
def templates(engine: SearchEngine) -> dict[str, dict[str, Any]]:
    app = cdk.App(
        context=context(), analytics_reporting=False, tree_metadata=False, builtin_cloud_formation_validation=False
    )
    config = config_for("prod")
    config = replace(config, search=replace(config.search, engine=engine))
    shop = Platform(app, "Tradewind", config=config, deployment=PROD)
    return {each.stack_name.removeprefix("Tradewind-prod-"): each.template for each in shop.synth().stacks_recursively}


def function_of(template: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [
        each["Properties"]
        for each in resources(template, "AWS::Lambda::Function").values()
        if each["Properties"]["FunctionName"] == f"tradewind-prod-{name}"
    ]
    return found


def test_prod_has_a_domain_and_the_others_are_embedded() -> None:
    engines = [config_for(env).search.engine for env in ("local", "dev", "prod")]
    assert engines == ["embedded", "embedded", "domain"]


def test_the_domain_is_encrypted_and_takes_https_alone_and_lets_nobody_in_by_itself() -> None:
    (domain,) = resources(templates("domain")["Search"], "AWS::OpenSearchService::Domain").values()
    told = domain["Properties"]
    assert told["EngineVersion"] == "OpenSearch_2.19"
    assert told["EncryptionAtRestOptions"] == {"Enabled": True}
    assert told["NodeToNodeEncryptionOptions"] == {"Enabled": True}
    assert told["DomainEndpointOptions"]["EnforceHTTPS"] is True
    assert told["EBSOptions"] == {"EBSEnabled": True, "VolumeSize": 20, "VolumeType": "gp3"}
    assert told["ClusterConfig"]["InstanceType"] == "r7g.large.search"
    assert "AccessPolicies" not in told


@pytest.mark.parametrize("engine", ["domain", "serverless"])
def test_both_functions_know_the_cluster_and_have_its_client(engine: SearchEngine) -> None:
    made = templates(engine)
    indexer, search = function_of(made["Search"], "index-products"), function_of(made["Api"], "search-products")
    for each in (indexer, search):
        assert each["Environment"]["Variables"]["OPENSEARCH_KIND"] == engine
        assert "OPENSEARCH_URL" in each["Environment"]["Variables"]
        assert len(each["Layers"]) == 5  # domain, edge or collector, search, encoder, opensearch


def test_the_search_function_may_read_the_domain_and_not_change_it() -> None:
    actions = {
        action
        for policy in resources(templates("domain")["Api"], "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if action.startswith("es:")
    }
    assert actions == {"es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost"}


@pytest.mark.parametrize("engine", ["domain", "serverless"])
def test_the_search_function_may_still_read_which_engine_answers_and_what_the_fallback_needs(
    engine: SearchEngine,
) -> None:
    api = templates(engine)["Api"]
    assert "INDEXES_BUCKET" in function_of(api, "search-products")["Environment"]["Variables"]
    (policy,) = [
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in resources(api, "AWS::IAM::Policy").items()
        if name.startswith("SearchSearchProducts")
    ]
    (read,) = [each for each in policy if each["Action"] == "s3:GetObject"]
    places = [json.dumps(each) for each in read["Resource"]]
    assert any("/indexes/*" in place for place in places)


def test_a_collection_has_its_policies() -> None:
    made = templates("serverless")
    (collection,) = resources(made["Search"], "AWS::OpenSearchServerless::Collection").values()
    assert (collection["Properties"]["Name"], collection["Properties"]["Type"]) == (
        "tradewind-prod-search",
        "VECTORSEARCH",
    )
    kinds = {
        each["Properties"]["Type"]
        for each in resources(made["Search"], "AWS::OpenSearchServerless::SecurityPolicy").values()
    }
    assert kinds == {"encryption", "network"}
    assert len(resources(made["Search"], "AWS::OpenSearchServerless::AccessPolicy")) == 1
    assert len(resources(made["Api"], "AWS::OpenSearchServerless::AccessPolicy")) == 1


def test_the_embedded_engine_has_no_cluster() -> None:
    made = templates("embedded")
    assert not resources(made["Search"], "AWS::OpenSearchService::Domain")
    assert "OPENSEARCH_URL" not in function_of(made["Api"], "search-products")["Environment"]["Variables"]


def test_the_laptop_runs_on_a_server_where_that_is_asked_for() -> None:
    there = config_for("local", {"ENGINE": "opensearch", "OPENSEARCH_URL": "http://127.0.0.1:9200/"}).search
    assert (there.engine, there.server_url) == ("server", "http://127.0.0.1:9200")
    with pytest.raises(InputError) as without:
        config_for("local", {"ENGINE": "opensearch"})
    assert str(without.value) == f"OPENSEARCH_URL is not set: {HOW_TO_GET_OPENSEARCH}"
    with pytest.raises(InputError, match="ENGINE 'solr'"):
        config_for("local", {"ENGINE": "solr"})
