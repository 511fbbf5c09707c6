"""What audit events are called on pages."""

from __future__ import annotations

from collections.abc import Mapping

EVENT_NAMES: Mapping[str, str] = {
    "campaign.create": "新建草稿",
    "campaign.edit": "改回草稿",
    "campaign.screen": "规则检查",
    "campaign.submit": "提交审核",
    "campaign.withdraw": "撤回修改",
    "campaign.approve": "审核通过",
    "campaign.reject": "审核退回",
    "campaign.fund": "注资",
    "campaign.publish": "发布",
    "campaign.pause": "暂停",
    "campaign.resume": "恢复",
    "campaign.extend": "延长时间",
    "campaign.grow": "增加名额",
    "campaign.close": "结束活动",
    "campaign.finish": "余款退回，活动关闭",
    "review.approved": "审核员同意",
    "review.rejected": "审核员不同意",
    "material.add": "上传视频",
    "material.remove": "移除视频",
    "report.export": "导出报告",
    "factor.add": "添加验证方式",
    "factor.remove": "删除验证方式",
    "factor.reset": "运营清除验证方式",
    "recovery.make": "生成恢复码",
    "recovery.use": "使用恢复码",
    "delivery.open": "等待确认交付",
    "delivery.confirm": "确认交付",
    "delivery.confirmed": "确认交付",
    "delivery.dispute": "提出异议",
    "delivery.disputed": "提出异议",
    "delivery.stands": "复查：交付有效",
    "delivery.remedied": "复查：退还部分服务费",
}
