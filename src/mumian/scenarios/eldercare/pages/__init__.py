"""The pages of this house and the targets of their forms. One module a page; `reads` alone asks core for data."""

from mumian.core.scenario import Action, Page
from mumian.scenarios.eldercare.pages import (
    admission,
    burden,
    devices,
    handover,
    moved,
    phone,
    resident,
    residents,
    staff,
    station,
)

PAGES: tuple[Page, ...] = (
    Page("/eldercare/station", "eldercare/station.html", "station.read", station.view, {"zh": "值守", "en": "Duty"}, "i-watch", nav=True),
    Page("/eldercare/phone", "eldercare/phone.html", "alarm.act", phone.view, {"zh": "我的", "en": "Mine"}, "i-phone", nav=True),
    Page("/eldercare/residents", "eldercare/residents.html", "person.read", residents.view, {"zh": "老人", "en": "Residents"}, "i-people", nav=True),
    Page("/eldercare/handover", "eldercare/handover.html", "alarm.read", handover.view, {"zh": "交班", "en": "Handover"}, "i-hand", nav=True),
    Page("/eldercare/devices", "eldercare/devices.html", "device.read", devices.view, {"zh": "设备", "en": "Devices"}, "i-chip", nav=True),
    Page("/eldercare/staff", "eldercare/staff.html", "roster.read", staff.view, {"zh": "员工", "en": "Staff"}, "i-task", nav=True),
    Page("/eldercare/burden", "eldercare/burden.html", "burden.read", burden.view, {"zh": "报警负担", "en": "Alarm burden"}, "i-clock", nav=True),
    Page("/eldercare/admission", "eldercare/admission.html", "admission.write", admission.view, {"zh": "办理入住", "en": "Admission"}, "i-home", nav=True),
    Page("/eldercare/residents/{id}", "eldercare/resident.html", "person.read", resident.view, {"zh": "老人", "en": "Resident"}, "i-people"),
    Page("/eldercare/indicators", "", "indicator.read", moved.figures, {"zh": "指标", "en": "Figures"}, "i-proof"),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    Action("/eldercare/alarms/{id}/decline", "alarm.act", phone.decline),
    Action("/eldercare/tasks/{id}/done", "alarm.act", phone.task_done),
    Action("/eldercare/residents/{id}/report", "alarm.report", resident.report),
    Action("/eldercare/admission", "admission.write", admission.admit),
    Action("/eldercare/admission/person", "person.write", admission.edit),
    Action("/eldercare/admission/band", "admission.write", admission.band),
    Action("/eldercare/admission/swap", "admission.write", admission.swap),
    Action("/eldercare/admission/consent", "consent.write", admission.agree),
    Action("/eldercare/admission/depart", "admission.write", admission.depart),
    Action("/eldercare/devices", "device.write", devices.add),
    Action("/eldercare/devices/{id}/password", "device.write", devices.renew),
    Action("/eldercare/devices/{id}/retire", "device.write", devices.retire),
    Action("/eldercare/staff", "staff.write", staff.add_staff),
    Action("/eldercare/staff/shifts", "shift.write", staff.add_shift),
    Action("/eldercare/staff/shifts/drop", "shift.write", staff.drop_shift),
    Action("/eldercare/staff/shifts/copy", "shift.write", staff.copy_week),
    Action("/eldercare/staff/{id}", "staff.write", staff.edit_staff),
)

__all__ = ["ACTIONS", "PAGES"]
