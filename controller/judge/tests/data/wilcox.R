#!/usr/bin/env Rscript
# Writes wilcox.json: what R's wilcox.test says of 500 seeded pairs of samples. Needs r-base-core alone: Rscript wilcox.R > wilcox.json
# A line is a case: x, y, the interval of 98 % and W, the statistic of the rank sum.
set.seed(20261126)
number <- function(value) formatC(value, digits = 17, format = "g", width = 1)
list_of <- function(values) paste0("[", paste(number(values), collapse = ","), "]")
sample_of <- function(kind, size) switch(kind,
  normal = rnorm(size, 100, 15),
  skewed = rlnorm(size, 3, 0.8),
  ties = round(rnorm(size, 10, 3)),
  sparse = rbinom(size, 4, 0.15) * runif(size, 1, 3),
  heavy = rcauchy(size, 50, 5),
  small = rnorm(size, 0.5, 0.1),
  bimodal = ifelse(runif(size) < 0.3, rnorm(size, 200, 10), rnorm(size, 50, 10)),
  counts = rpois(size, 40)
)
kinds <- c("normal", "skewed", "ties", "sparse", "heavy", "small", "bimodal", "counts")
cases <- character()
while (length(cases) < 500) {
  kind <- kinds[1 + length(cases) %% length(kinds)]
  sizes <- sample(4:60, 2, replace = TRUE)
  shift <- sample(c(0, 0, 0.5, 2, 10), 1)
  x <- sample_of(kind, sizes[1]) + if (kind == "sparse") 0 else shift
  y <- sample_of(kind, sizes[2])
  # Where all are tied R stops as well.
  found <- tryCatch(
    suppressWarnings(wilcox.test(x, y, conf.int = TRUE, conf.level = 0.98, exact = FALSE, correct = TRUE)),
    error = function(error) NULL
  )
  if (is.null(found)) next
  cases <- c(cases, sprintf('{"kind":"%s","x":%s,"y":%s,"low":%s,"high":%s,"w":%s}',
    kind, list_of(x), list_of(y), number(found$conf.int[1]), number(found$conf.int[2]), number(found$statistic)))
}
cat("[\n", paste(cases, collapse = ",\n"), "\n]\n", sep = "")
