"""How temperature and wind change a conductor's curve: the state-change equation, loads and swing angle.

Stress is horizontal stress in N/mm² (MPa), loads are specific loads in N/(m·mm²) as in GB 50545 practice; c = stress/load in metres.
A level span is taken; the inclined one differs by cos²β, 1 % at a slope of 6°.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mumian.core.kernel.errors import BadInput

GRAVITY_MPS2 = 9.80665
_ICE_N_PER_M_MM2 = 27.728e-3  # 0.9 g/cm³ · π · g: weight of an ice ring per metre and mm² of δ(δ+d)/π


@dataclass(frozen=True, slots=True)
class ConductorType:
    """A conductor's data-sheet figures (GB/T 1179 for aluminium conductors steel reinforced)."""

    name: str
    area_mm2: float
    diameter_mm: float
    mass_kg_per_m: float
    modulus_n_per_mm2: float
    expansion_per_k: float

    def __post_init__(self) -> None:
        figures = (
            self.area_mm2,
            self.diameter_mm,
            self.mass_kg_per_m,
            self.modulus_n_per_mm2,
            self.expansion_per_k,
        )
        if not all(0 < one < math.inf for one in figures):
            raise BadInput(
                detail=f"conductor {self.name}: area, diameter, mass, modulus and expansion above 0 are meant"
            )

    @property
    def load(self) -> float:
        """Specific dead load, N/(m·mm²)."""
        return self.mass_kg_per_m * GRAVITY_MPS2 / self.area_mm2


@dataclass(frozen=True, slots=True)
class Weather:
    """A state for which a curve is wanted: conductor temperature, wind across the line, radial ice."""

    temperature_c: float
    wind_mps: float = 0.0
    ice_mm: float = 0.0
    wind_factor: float = 0.61  # α, unevenness of the wind along the span (GB 50545-2010, table 10.1.18-1)
    drag: float = 1.1  # μsc, 1.1 from 17 mm of diameter, 1.2 below it or with ice (10.1.18)


def loads(conductor: ConductorType, weather: Weather) -> tuple[float, float]:
    """(vertical, horizontal) specific loads, N/(m·mm²): GB 50545-2010, 10.1.18; wind pressure v²/1600 kN/m²."""
    ice = _ICE_N_PER_M_MM2 * weather.ice_mm * (weather.ice_mm + conductor.diameter_mm) / conductor.area_mm2
    width_mm = conductor.diameter_mm + 2 * weather.ice_mm
    pressure = 0.625 * weather.wind_mps**2  # Pa
    wind = weather.wind_factor * weather.drag * width_mm * 1e-3 * pressure / conductor.area_mm2
    return conductor.load + ice, wind


def swing_deg(conductor: ConductorType, weather: Weather) -> float:
    """Angle by which the wind turns the conductor out of the vertical: atan(horizontal load / vertical load)."""
    vertical, horizontal = loads(conductor, weather)
    return math.degrees(math.atan2(horizontal, vertical))


def changed_c(
    conductor: ConductorType, span_m: float, c_m: float, before_c: float, weather: Weather
) -> float:
    """The catenary parameter in another state, from the still, bare state with `c_m` at `before_c` °C.

    σ2 − E·γ2²·l²/(24·σ2²) = σ1 − E·γ1²·l²/(24·σ1²) − α·E·(t2 − t1), parabolic length; solved by Newton from above, where
    the left side is monotone. The returned c belongs to the plane in which the loads act: σ2/γ2. BadInput for c or span ≤ 0.
    """
    if not (c_m > 0 and span_m > 0):
        raise BadInput(detail=f"a span of {span_m!r} m with c {c_m!r} m: both above 0 are meant")
    modulus, load_1, load_2 = (
        conductor.modulus_n_per_mm2,
        conductor.load,
        math.hypot(*loads(conductor, weather)),
    )
    stress_1 = c_m * load_1
    warmer_k = weather.temperature_c - before_c
    right = stress_1 - modulus * (load_1 * span_m / stress_1) ** 2 / 24
    right -= conductor.expansion_per_k * modulus * warmer_k
    pull = modulus * (load_2 * span_m) ** 2 / 24
    stress = max(right, 0.0) + pull ** (1 / 3)  # above the root: σ³ − right·σ² − pull ≥ 0 there
    for _ in range(100):
        step = (stress**3 - right * stress**2 - pull) / (3 * stress**2 - 2 * right * stress)
        stress -= step
        if abs(step) < 1e-12 * stress:
            break
    made: float = stress / load_2
    return made
