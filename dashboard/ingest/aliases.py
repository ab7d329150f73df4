"""What people call the columns of their files, in Chinese and English. Owns the lists; leaves finding the column
to `headers`.

Names are compared as `plain` makes them: without case, spaces, signs and bracketed units.
"""

from __future__ import annotations

from collections.abc import Mapping

GENERAL: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "id", "编码", "编号", "代码", "唯一编号", "唯一标识"),
    "name": ("name", "名称", "中文名", "中文名称"),
    "name_en": ("name_en", "english_name", "英文名", "英文名称"),
    "parent": ("parent", "parent_code", "parent_id", "上级", "上级编码", "父级编码", "上级代码"),
    "level": ("level", "层级", "级别"),
    "kind": ("kind", "类型"),
    "region": (
        *(
            "region",
            "region_code",
            "grid",
            "grid_code",
            "grid_id",
            "网格",
            "网格编码",
            "网格编号",
            "网格代码",
        ),
        *("所属网格", "所属网格编码", "责任网格", "区域编码", "区域", "所属区域", "区域代码"),
    ),
    "category": ("category", "category_code", "类别", "类别编码", "类别代码", "分类编码", "分类"),
    "department": (
        *("department", "department_code", "dept", "agency", "部门", "责任部门", "部门编码", "承办单位"),
        *("主办单位", "处置部门", "承办部门", "主责部门", "处置单位", "责任单位"),
    ),
    "worker": (
        *("worker", "worker_code", "worker_id", "staff_id", "employee_id", "user", "user_id", "device_id"),
        *(
            "vehicle_id",
            "人员",
            "人员编号",
            "人员编码",
            "工号",
            "网格员编号",
            "网格员工号",
            "网格员",
            "员工编号",
        ),
        *("设备编号", "终端编号"),
    ),
    "event": (
        *("event", "event_code", "event_id", "case_id", "事件编号", "事件编码", "工单编号", "案件编号"),
        *("工单号", "案件号", "事件号", "受理编号"),
    ),
    "lon": ("geometry.x", "lon", "lng", "long", "longitude", "x", "经度", "东经", "lon_wgs84", "lng_wgs84"),
    "lat": ("geometry.y", "lat", "latitude", "y", "纬度", "北纬", "lat_wgs84"),
}
"""Names that a field has in any kind of file."""

SPECIAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "regions": {
        "code": (
            *("region_code", "grid_code", "grid_id", "street_code", "网格编码", "网格编号", "网格代码"),
            *("区域编码", "行政区划代码", "区划代码", "adcode", "社区编码", "街道编码"),
        ),
        "name": ("grid_name", "region_name", "网格名称", "区域名称", "社区名称", "街道名称", "镇街名称"),
        "parent": (
            "上级区域",
            "所属社区",
            "所属社区编码",
            "所属街道",
            "所属街道编码",
            "所属镇街",
            "上级网格",
        ),
        "level": ("region_level", "区域层级", "网格层级", "区域级别"),
        "kind": ("grid_kind", "grid_type", "网格类型", "网格类别"),
        "households": ("households", "户数", "总户数", "家庭户数", "常住户数"),
        "population": ("population", "人口", "人口数", "总人口", "常住人口", "人口总数"),
    },
    "overlays": {
        "name": ("业务网格名称",),
        "code": ("业务网格编码", "业务网格编号"),
        "regions": (
            "regions",
            "region_codes",
            "grids",
            "grid_codes",
            "网格编码",
            "基础网格",
            "包含网格",
            "网格",
        ),
    },
    "categories": {
        "code": ("category_code", "类别编码", "分类编码", "类别代码", "分类代码", "事项编码", "事项编号"),
        "name": ("category_name", "类别名称", "分类名称", "事项名称", "类别"),
        "parent": ("parent_category", "上级类别", "上级类别编码", "上级分类", "上级分类编码", "父类别"),
        "limit_hours": (
            *("limit_hours", "limit", "time_limit", "sla", "sla_hours", "时限", "处置时限", "处理时限"),
            *("办理时限", "办结时限", "时限小时"),
        ),
        "limit_kind": ("limit_kind", "时限类型", "计时方式", "时限单位", "计时类型"),
        "valid_from": ("valid_from", "生效日期", "启用日期", "生效时间", "起用日期"),
        "valid_to": ("valid_to", "失效日期", "停用日期", "失效时间", "截止日期"),
    },
    "departments": {
        "code": ("department_code", "dept_code", "agency", "部门编码", "部门编号", "部门代码", "单位编码"),
        "name": ("department_name", "dept_name", "agency_name", "部门名称", "单位名称", "部门", "单位"),
        "categories": (
            *(
                "categories",
                "category_codes",
                "duties",
                "职责类别",
                "负责类别",
                "类别编码",
                "职责",
                "管辖类别",
            ),
            *("职责事项", "负责事项"),
        ),
        "regions": ("regions", "region_codes", "管辖区域", "负责区域", "区域编码", "辖区", "管辖网格"),
    },
    "workers": {
        "code": (
            *("worker_code", "worker_id", "staff_id", "employee_id", "工号", "人员编号", "人员编码"),
            *("员工编号", "网格员编号", "网格员工号"),
        ),
        "name": ("worker_name", "full_name", "姓名", "人员姓名", "网格员姓名", "网格员"),
        "role": ("role", "角色", "岗位", "职务", "人员类型", "岗位类型"),
        "active": (
            "active",
            "enabled",
            "在职",
            "在岗",
            "是否在岗",
            "是否在职",
            "状态",
            "人员状态",
            "在职状态",
        ),
    },
    "shifts": {
        "date": ("date", "shift_date", "day", "日期", "排班日期", "值班日期", "班次日期"),
        "starts_at": (
            *("starts_at", "start", "start_time", "shift_start", "begins_at", "开始时间", "上班时间"),
            *("开始", "班次开始", "起始时间", "上岗时间"),
        ),
        "ends_at": (
            *("ends_at", "end", "end_time", "shift_end", "结束时间", "下班时间", "结束", "班次结束"),
            *("终止时间", "离岗时间"),
        ),
        "kind": ("kind", "shift", "shift_kind", "shift_type", "班次", "班次类型", "班别", "班次名称"),
        "checked_in_at": (
            "checked_in_at",
            "check_in",
            "clock_in",
            "签到时间",
            "签到",
            "打卡时间",
            "上班打卡",
        ),
        "checked_out_at": ("checked_out_at", "check_out", "clock_out", "签退时间", "签退", "下班打卡"),
        "cancelled": ("cancelled", "canceled", "取消", "是否取消", "已取消", "作废"),
    },
    "events": {
        "code": (
            *("event_code", "event_id", "case_id", "case_enquiry_id", "service_request_id", "ticket_id"),
            *("request_id", "事件编号", "事件编码", "工单编号", "工单号", "案件编号", "案件号", "受理编号"),
            *("案卷编号", "任务号"),
        ),
        "source": (
            *(
                "source",
                "channel",
                "来源",
                "事件来源",
                "上报来源",
                "来源渠道",
                "案件来源",
                "诉求来源",
                "渠道",
            ),
            *("问题来源", "上报渠道"),
        ),
        "category": (
            *("category_id", "service_code", "事件类别", "事件类型", "案件类别", "事项编码", "问题类型"),
            *("诉求类别", "事件分类"),
        ),
        "severity": ("severity", "priority", "严重程度", "紧急程度", "事件等级", "等级", "优先级"),
        "address": (
            *(
                "address",
                "location",
                "地址",
                "事发地址",
                "事发地点",
                "地点",
                "发生地点",
                "详细地址",
                "位置描述",
            ),
            *("问题位置", "案发地址"),
        ),
        "text": (
            *(
                "text",
                "description",
                "details",
                "描述",
                "内容",
                "事件描述",
                "问题描述",
                "诉求内容",
                "事件内容",
            ),
            *("案件描述", "情况描述", "详情"),
        ),
        "reporter": ("reporter", "reported_by", "caller", "上报人", "举报人", "反映人", "诉求人", "来电人"),
        "worker": ("handler", "处置人员", "处理人编号", "处置人员编号", "处理人工号"),
        "stage": ("stage", "step", "环节", "当前环节", "办理环节", "所处环节", "阶段", "当前阶段"),
        "state": ("state", "status", "case_status", "状态", "办理状态", "事件状态", "案件状态", "工单状态"),
        "reported_at": (
            *("reported_at", "opened_at", "open_dt", "opened", "created_at", "created_date", "report_time"),
            *("requested_datetime", "上报时间", "上报日期", "发生时间", "登记时间", "创建时间", "诉求时间"),
            *("来电时间", "采集时间", "发现时间", "事发时间"),
        ),
        "accepted_at": ("accepted_at", "受理时间", "接收时间"),
        "filed_at": ("filed_at", "立案时间", "建案时间", "建卷时间"),
        "dispatched_at": ("dispatched_at", "assigned_at", "派遣时间", "派单时间", "转办时间", "交办时间"),
        "signed_at": ("signed_at", "签收时间", "接单时间"),
        "resolved_at": (
            "resolved_at",
            "处置时间",
            "处理时间",
            "处置完成时间",
            "办理完成时间",
            "办结时间",
            "处结时间",
        ),
        "replied_at": ("replied_at", "反馈时间", "答复时间", "回复时间"),
        "verified_at": ("verified_at", "核查时间", "核实时间", "核验时间"),
        "closed_at": ("closed_at", "closed_dt", "closed", "closed_date", "结案时间", "结案日期", "关闭时间"),
        "evaluated_at": ("evaluated_at", "评价时间", "考核时间"),
        "due_at": (
            *("due_at", "due", "deadline", "target_dt", "截止时间", "办结时限", "应结案时间", "截止日期"),
            *("处置期限", "到期时间", "应办结时间"),
        ),
    },
    "positions": {
        "fixed_at": (
            *("fixed_at", "time", "time_utc", "timestamp", "datetime", "gps_time", "recorded_at"),
            *("定位时间", "时间", "上报时间", "采集时间", "时间戳", "gps时间"),
        ),
        "accuracy_m": ("accuracy_m", "accuracy", "hdop_m", "精度", "定位精度", "误差"),
        "speed_mps": ("speed_mps",),
        "heading_deg": ("heading_deg", "heading", "bearing", "course", "方向", "方位角", "航向", "方向角"),
        "battery_pct": ("battery_pct", "battery", "batt", "电量", "剩余电量", "电池电量"),
    },
    "feedback": {
        "code": ("feedback_code", "feedback_id", "回访编号", "回访编码", "评价编号", "回访单号"),
        "event": (*GENERAL["event"], "service_request_id", "ticket_id", "code", "id", "编号"),
        "channel": ("channel", "回访方式", "回访渠道", "评价方式", "渠道", "方式"),
        "asked_at": ("asked_at", "called_at", "回访时间", "回访日期", "邀评时间", "调查时间", "发送时间"),
        "answered_at": ("answered_at", "rated_at", "答复时间", "评价时间", "回复时间", "应答时间"),
        "resolved": ("resolved", "solved", "是否解决", "解决情况", "是否已解决", "问题是否解决", "办理结果"),
        "satisfaction": (
            *("satisfaction", "rating", "score", "满意度", "满意情况", "是否满意", "评价", "满意程度"),
            *("评价结果", "满意度评价", "回访结果"),
        ),
    },
    "stats": {
        "region": (*GENERAL["region"], "code", "id", "编码", "编号"),
        "key": ("key", "indicator", "metric", "指标", "指标名称", "统计项", "项目"),
        "as_of": ("as_of", "date", "day", "统计日期", "日期", "截至日期", "统计时间", "数据日期"),
        "value": ("value", "amount", "count", "数值", "值", "数量", "指标值", "统计值"),
    },
}
"""Names that a field has in files of one kind; they go before the general ones."""

CATEGORY_LEVELS: tuple[tuple[str, ...], ...] = (
    ("level1", "category1", "一级分类", "一级类别", "大类", "大类名称", "问题大类", "事件大类"),
    ("level2", "category2", "二级分类", "二级类别", "小类", "小类名称", "问题小类", "事件小类"),
    ("level3", "category3", "三级分类", "三级类别", "细类", "子类", "细类名称"),
)
"""Columns that hold the levels of a category's path."""


def names_of(kind: str, field: str) -> tuple[str, ...]:
    """All names of a field in files of a kind, the likeliest first. A point's own place goes before all."""
    own = SPECIAL.get(kind, {}).get(field, ())
    general = GENERAL.get(field, ())
    return (*own, *general) if own or general else (field,)
