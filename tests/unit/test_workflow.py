"""The loops that ship: order, closing stage and clocks."""

from __future__ import annotations

import pytest

from dashboard.domain.workflow import DONE, WORKFLOWS, Workflow


@pytest.fixture(params=sorted(WORKFLOWS))
def workflow(request: pytest.FixtureRequest) -> Workflow:
    return WORKFLOWS[request.param]


def test_following_leads_through_all_stages_to_done(workflow: Workflow) -> None:
    seen = [workflow.stages[0].key]
    while seen[-1] != DONE:
        seen.append(workflow.following(seen[-1]))
    assert seen == [*workflow.keys, DONE]


def test_every_stage_has_a_clock_of_its_own_and_names(workflow: Workflow) -> None:
    columns = [stage.done_column for stage in workflow.stages]
    assert len(set(columns)) == len(columns)
    assert all(column.endswith("_at") for column in columns)
    assert all(stage.zh and stage.en for stage in workflow.stages)


def test_only_handling_takes_its_limit_from_the_category(workflow: Workflow) -> None:
    assert [stage.key for stage in workflow.stages if stage.limit_hours is None] == ["handle"]
    assert [stage.key for stage in workflow.stages if stage.sign_limit_hours] == ["handle"]


def test_the_seven_stage_loop_closes_at_verification_and_rates_afterwards() -> None:
    seven = WORKFLOWS["seven"]
    assert [stage.key for stage in seven.open_stages][-1] == "verify"
    assert seven.following("verify") == "evaluate"
    assert "→".join(stage.zh for stage in seven.stages) == (
        "采集上报→案卷建立→任务派遣→任务处理→情况反馈→核查结案→考核评价"
    )


def test_the_six_stage_loop_closes_at_the_archive() -> None:
    six = WORKFLOWS["six"]
    assert six.open_stages == six.stages
    assert "→".join(stage.zh for stage in six.stages) == (
        "发现上报→指挥派遣→处置反馈→任务核查→考核评价→结案存档"
    )


def test_a_foreign_stage_is_refused(workflow: Workflow) -> None:
    with pytest.raises(KeyError):
        workflow.following("lunch")
    with pytest.raises(KeyError):
        workflow.stage(DONE)
