/** Rows of like predictions. */
export interface CalibrationBin {
  /** Least prediction. */
  low: number
  /** Greatest prediction. */
  high: number
  /** How many rows. */
  rows: number
  /** Mean prediction. */
  predicted: number
  /** Share of clicks. */
  observed: number
}

/** Whether predicted probabilities are those that come true. */
export interface Calibration {
  /** In the order of predictions, each of about as many rows; equal predictions are in one. */
  bins: readonly CalibrationBin[]
  /** Mean over rows of |observed - predicted| of their bin: the expected calibration error (Naeini, Cooper, Hauskrecht 2015). */
  error: number
  /** Sum of predictions over the number of clicks: 1 is right, 2 promises twice as many. */
  ratio: number
}

/** How good predictions of clicks are. */
export interface ClickFigures {
  /** How many rows. */
  readonly rows: number
  /** How many of them are clicks. */
  readonly clicks: number
  /** Probability that a click has a greater prediction than what is none, ties counting half; NaN without both. */
  readonly auc: number
  /**
   * The AUC within each group, weighted by its rows; groups of clicks alone or of none do not count (Zhu et al. 2017, "Optimized
   * Cost per Click in Taobao Display Advertising", section 4.2). undefined without a group.
   */
  readonly groupedAuc: number | undefined
  /** Groups that count in it. */
  readonly groups: number | undefined
  /** Mean of - ln of the probability that was given to what happened. */
  readonly logLoss: number
  /** Mean of (prediction - label)^2: the Brier score. */
  readonly brier: number
  /** Whether probabilities are those that come true. */
  readonly calibration: Calibration
}
