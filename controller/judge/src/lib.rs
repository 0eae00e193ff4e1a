//! Pure statistics: from windows and criteria to a verdict.
