"""What can come between an order and its doing; each says whose words it passes on."""

from __future__ import annotations

from mumian.core.kernel.errors import BadInput, Conflict, MumianError, Unavailable


class NobodyThere(Unavailable):
    """No heartbeat of a vehicle came."""

    code = "nobody_there"
    zh = "{url} 上 {seconds:.0f} 秒内没有飞行器心跳{also}：请检查地址、系统号和签名密钥"
    en = "No vehicle's heartbeat on {url} within {seconds:.0f} s{also}: check the address, --system and the signing key"


class SeveralThere(BadInput):
    """Several vehicles speak on this link, and none was named."""

    code = "several_there"
    zh = "{url} 上有多架飞行器（系统号 {systems}）：请用 --system 指明要飞哪一架"
    en = "Several vehicles speak on {url} (system {systems}): say with --system which one to fly"


class TransferFailed(Unavailable):
    """The link did not carry the whole list; the vehicle holds no half of it."""

    code = "transfer_failed"
    zh = "{what} 传输未完成（已尝试 {attempts} 次）：{detail}"
    en = "The {what} transfer did not end whole in {attempts} attempts: {detail}"


class MissionRefused(Conflict):
    """The autopilot refused an item or a list, in its own words."""

    code = "mission_refused"
    zh = "自动驾驶仪拒绝了{what}：{result}，{where}{said}{hint}"
    en = "The autopilot refused the {what}: {result} at {where}{said}{hint}"


class ReadBackDiffers(Conflict):
    """What the vehicle holds is not what was sent."""

    code = "read_back_differs"
    zh = "从飞行器读回的{what}与上传的不同，未解锁：{differences}"
    en = "The {what} read back from the vehicle differs from what was sent, so it is not armed: {differences}"


class CommandRefused(Conflict):
    """The autopilot refused a command, in its own words."""

    code = "command_refused"
    zh = "自动驾驶仪拒绝了 {command}：{result}{said}"
    en = "The autopilot refused {command}: {result}{said}"


class CommandUnanswered(Unavailable):
    """No acknowledgement came, however often it was asked for."""

    code = "command_unanswered"
    zh = "{command} 发送 {times} 次，飞行器没有应答"
    en = "{command} was sent {times} times and the vehicle did not answer"


class FlightAborted(MumianError, RuntimeError):
    """The flight ended before the mission did."""

    code, status = "flight_aborted", 409
    zh = "飞行未完成（{reached}/{total} 项）：{why}{said}"
    en = "The mission was not flown whole ({reached} of {total} items): {why}{said}"


class LeaseHeld(Conflict):
    """Somebody else commands this vehicle."""

    code = "lease_held"
    zh = "{vehicle} 正由 {holder} 控制（至 {until}）；用 --take-over 接管，接管会被记录"
    en = "{vehicle} is commanded by {holder} until {until}; --take-over takes it, on the record"


def quoted(texts: list[str]) -> str:
    """The autopilot's own sentences, to be put behind a refusal; empty when it said nothing."""
    return " · " + " · ".join(f'"{text}"' for text in texts) if texts else ""
