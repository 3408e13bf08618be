"""Sample-ratio mismatch: whether the variants got the share of the traffic that they were to get.

Where they did not, something but chance parts the two groups, and no comparison of them can be trusted
(Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019; Kohavi, Tang
and Xu, "Trustworthy Online Controlled Experiments", 2020, chapter 21, which has the limit too).

The chi-square test is not made for many looks: looked at 200 times, a limit of 0.001 stops about 1.5 % of
sound tests (bench/ab_test.py), which keeps the whole verdict within 5 %.
"""

import math

LIMIT = 0.001


def p_value(champion: int, challenger: int, share: float) -> float:
    """Pearson's chi-square test of two counts against the challenger's share in (0, 1).

    1.0 where nothing was counted. With one degree of freedom the tail is that of a squared normal.
    Raises ValueError for a share that is not within the bounds, or negative counts.
    """
    if not 0 < share < 1:
        raise ValueError(f"the challenger's share {share:g} must be between 0 and 1")
    if min(champion, challenger) < 0:
        raise ValueError("counts must not be negative")
    total = champion + challenger
    if total == 0:
        return 1.0
    off = challenger - share * total
    chi_square = off * off / (total * share * (1 - share))
    return math.erfc(math.sqrt(chi_square / 2))
