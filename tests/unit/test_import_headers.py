"""Headers as offices and systems write them: which field they are, and how sure that is."""

from __future__ import annotations

import tomllib

import pytest

from dashboard.ingest.aliases import GENERAL, SPECIAL, names_of
from dashboard.ingest.headers import Confidence, guess, guessed, mapping_text, plain, point_columns
from dashboard.ingest.limits import read_limit
from dashboard.ingest.mapping import FIELDS, REQUIRED
from dashboard.ingest.mapping_file import read_mapping
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.vocabulary import spelt, vocabulary

HEADERS = {
    "regions": "网格编码,网格名称,网格层级,所属社区编码,户数（户）,常住人口(人)",
    "overlays": "业务网格编码,业务网格名称,责任部门,基础网格",
    "categories": "分类编码,分类名称,上级分类,处置时限（小时）,时限类型,生效日期",
    "departments": "部门编码,部门名称,英文名称,职责类别,管辖区域",
    "workers": "工号,姓名,岗位,所属网格,在职状态",
    "shifts": "网格员工号,排班日期,班次,上班时间,下班时间,签到时间,签退时间,是否取消",
    "events": "工单编号,诉求来源,事件类别,紧急程度,经度,纬度,事发地址,诉求内容,承办单位,办理状态,登记时间,结案时间",
    "feedback": "工单编号,回访方式,回访时间,是否解决,满意度",
    "positions": "工号,定位时间,经度,纬度,定位精度（米）,方位角,电量",
    "stats": "网格编码,统计日期,指标名称,数值",
}
ENGLISH = {
    "regions": "Grid Code,grid_name,LEVEL,parent code,Households,population",
    "overlays": "code,name,department,grid codes",
    "categories": "category_code,category name,parent,time_limit",
    "departments": "dept_code,dept_name,categories,regions",
    "workers": "Employee ID,full name,role,grid_id,active",
    "shifts": "worker_id,shift date,start time,end time,shift",
    "events": "Case ID,channel,category,priority,Longitude,Latitude,address,details,agency,status,Created Date,due",
    "feedback": "case id,asked at,resolved,rating",
    "positions": "device-id,timestamp,lng,lat,accuracy,heading,batt",
    "stats": "region,as of,metric,value",
}


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("headers", [HEADERS, ENGLISH], ids=["zh", "en"])
def test_plain_headers_of_every_kind_are_sure(kind: str, headers: dict[str, str]) -> None:
    columns = headers[kind].split(",")
    found = guess(kind, columns)
    assert {match.confidence for match in found.fields.values()} == {Confidence.SURE}
    assert not found.unmatched
    assert not found.missing
    assert found.certain
    assert set(guessed(kind, columns).columns) == set(found.fields)


@pytest.mark.parametrize("kind", FIELDS)
def test_a_fields_own_name_is_known(kind: str) -> None:
    found = guess(kind, FIELDS[kind])
    assert {name: match.column for name, match in found.fields.items()} == {
        name: name for name in FIELDS[kind]
    }


@pytest.mark.parametrize("kind", FIELDS)
def test_no_name_stands_for_two_fields_of_a_kind(kind: str) -> None:
    """Where a general name is also a special one, the special one goes before: only own lists may not clash."""
    own = SPECIAL.get(kind, {})
    assert set(own) <= set(FIELDS[kind])
    assert set(GENERAL) <= {name for names in FIELDS.values() for name in names}
    listed = [plain(name) for field in own for name in dict.fromkeys(map(plain, own[field]))]
    twice = {name for name in listed if listed.count(name) > 1}
    assert not twice


def test_what_only_resembles_a_header_is_likely_and_not_taken_unasked() -> None:
    columns = ["本区工单编号", "热线诉求来源", "事件类别", "首次登记时间", "备注"]
    found = guess("events", columns)
    assert found.fields["code"].column == "本区工单编号"
    assert found.fields["code"].confidence is Confidence.LIKELY
    assert found.fields["reported_at"].column == "首次登记时间"
    assert found.unmatched == ("备注",)
    assert not found.certain
    with pytest.raises(ImportRefused, match="code, source, reported_at"):
        guessed("events", columns)
    assert found.mapping().columns["source"].columns == ("热线诉求来源",)


def test_the_paths_of_categories_stand_for_codes() -> None:
    found = guess("categories", ["一级分类", "二级分类", "三级分类"])
    assert [match.column for match in found.levels] == ["一级分类", "二级分类", "三级分类"]
    assert (found.missing, found.certain) == ((), True)
    events = guess("events", ["工单编号", "来源", "大类", "小类", "上报时间"])
    assert len(events.levels) == 2
    assert not events.missing


def test_figures_are_the_columns_that_hold_numbers() -> None:
    rows = [
        {"网格编码": "1", "户数": "12", "备注": "x", "党员": ""},
        {"网格编码": "2", "户数": "3", "党员": "4"},
    ]
    found = guess("stats", ["网格编码", "户数", "党员", "备注"], rows)
    assert set(found.figures) == {"户数", "党员"}
    assert (found.unmatched, found.missing) == (("备注",), ())
    assert not found.certain


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["4/12/2016 7:54", "4/13/2016 17:05"], ("%m/%d/%Y %H:%M",)),
        (["13/4/2016 7:54", "1/4/2016"], ("%d/%m/%Y %H:%M", "%d/%m/%Y")),
        (["04/13/2016 07:54:10 PM"], ("%m/%d/%Y %I:%M:%S %p",)),
        (["4/5/2016 7:54"], ()),
        (["2016-04-12 07:54"], ()),
    ],
)
def test_a_day_above_twelve_says_which_number_is_the_day(texts: list[str], formats: tuple[str, ...]) -> None:
    found = guess("events", ["reported_at"], [{"reported_at": text} for text in texts])
    assert found.formats == formats


def test_exchanged_columns_of_a_point_are_seen_where_the_values_allow_it() -> None:
    rows = [{"lon": "30.7", "lat": "103.8"}, {"lon": "30.8", "lat": "103.9"}]
    found = guess("positions", ["worker", "time", "lon", "lat"], rows)
    assert (found.fields["lon"].column, found.fields["lat"].column) == ("lat", "lon")
    assert found.fields["lon"].confidence is Confidence.LIKELY


def test_the_point_of_a_feature_goes_before_columns() -> None:
    found = point_columns(["x", "y", "geometry.x", "geometry.y"])
    assert found["lon"].columns == ("geometry.x",)


@pytest.mark.parametrize("kind", FIELDS)
def test_a_guess_is_a_mapping_as_toml(kind: str) -> None:
    found = guess(kind, HEADERS[kind].split(","))
    again = read_mapping(tomllib.loads(mapping_text(found)), kind, "m.toml")
    assert {name: rule.columns for name, rule in again.columns.items()} == {
        name: rule.columns for name, rule in found.mapping().columns.items()
    }


def test_the_toml_of_a_guess_names_what_is_missing_and_what_is_not_used() -> None:
    text = mapping_text(guess("events", ["编号", '备注"引号']))
    assert "# source = " in text
    assert '# not used: "备注\\"引号"' in text


@pytest.mark.parametrize(
    ("kind", "field", "said", "own"),
    [
        ("events", "source", "１２３４５热线", "hotline"),
        ("events", "source", " Mobile  App ", "citizen_app"),
        ("events", "state", "已结案", "closed"),
        ("events", "state", "In Progress", "open"),
        ("events", "stage", "任务处理", "handle"),
        ("events", "stage", "待核查", "verify"),
        ("events", "severity", "重大", "3"),
        ("regions", "level", "镇街", "street"),
        ("workers", "active", "离职", "false"),
        ("categories", "limit_kind", "工作日", "working"),
        ("feedback", "satisfaction", "基本满意", "3"),
        ("feedback", "satisfaction", "未接通", ""),
        ("feedback", "resolved", "部分解决", "false"),
    ],
)
def test_words_of_offices_are_the_products_own(kind: str, field: str, said: str, own: str) -> None:
    words = vocabulary(kind, field)
    assert words is not None
    assert words[spelt(said)] == own


def test_no_word_means_two_things() -> None:
    from dashboard.ingest.vocabulary import _WORDS

    for own in _WORDS.values():
        said = [spelt(word) for words in own.values() for word in words]
        assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("text", "hours", "kind"),
    [
        ("40", 40.0, None),
        ("0.5", 0.5, None),
        ("24小时", 24.0, "clock"),
        ("5个工作日", 35.0, "working"),
        ("３ 天", 72.0, "clock"),
        ("半天", 12.0, "clock"),
        ("两个小时", 2.0, "clock"),
        ("4 working hours", 4.0, "working"),
        ("2 weeks", 336.0, "clock"),
        ("30分钟内", 0.5, "clock"),
    ],
)
def test_limits_are_read_in_words(text: str, hours: float, kind: str | None) -> None:
    limit = read_limit(text, 7.0)
    assert limit is not None
    assert (limit.hours, limit.kind) == (hours, kind)


@pytest.mark.parametrize("text", ["尽快", "soon", "-3", "3个苹果", "1e9", "", "天"])
def test_what_is_no_limit_is_none(text: str) -> None:
    assert read_limit(text, 7.0) is None


def test_required_fields_have_names() -> None:
    for kind, names in REQUIRED.items():
        assert all(names_of(kind, name) for name in names)
