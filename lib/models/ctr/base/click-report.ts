import { guardReceivers } from '../../../native/guard-receivers.js'
import { reliabilityPlot } from './reliability-plot.js'

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

const digits = (value: number) => (Number.isNaN(value) ? '-' : value.toFixed(4))

/** Predictions of clicks against what happened. */
export class ClickReport implements ClickFigures {
  /** How many rows. */
  readonly rows: number
  /** How many of them are clicks. */
  readonly clicks: number
  /** See {@link ClickFigures.auc}. */
  readonly auc: number
  /** See {@link ClickFigures.groupedAuc}. */
  readonly groupedAuc: number | undefined
  /** Groups that count in it. */
  readonly groups: number | undefined
  /** Mean of - ln of the probability that was given to what happened. */
  readonly logLoss: number
  /** Mean of (prediction - label)^2: the Brier score. */
  readonly brier: number
  /** Whether probabilities are those that come true. */
  readonly calibration: Calibration

  /** @internal */
  constructor(figures: ClickFigures) {
    this.rows = figures.rows
    this.clicks = figures.clicks
    this.auc = figures.auc
    this.groupedAuc = figures.groupedAuc
    this.groups = figures.groups
    this.logLoss = figures.logLoss
    this.brier = figures.brier
    this.calibration = figures.calibration
  }

  /** The figures, and a line for each bin of the calibration. */
  toString(): string {
    const { bins, error, ratio } = this.calibration
    const grouped =
      this.groupedAuc === undefined ? '' : `, within groups ${digits(this.groupedAuc)} (${this.groups} groups)`
    return [
      `${this.rows} rows, ${this.clicks} clicks`,
      `AUC ${digits(this.auc)}${grouped}, log loss ${digits(this.logLoss)}, Brier ${digits(this.brier)}`,
      `calibration: error ${digits(error)}, predicted / observed ${digits(ratio)}`,
      '     rows  predicted  observed',
      ...bins.map(
        ({ rows, predicted, observed }) =>
          `${String(rows).padStart(9)}  ${digits(predicted).padStart(9)}  ${digits(observed).padStart(8)}`,
      ),
    ].join('\n')
  }

  /** A reliability plot as an SVG document: the share of clicks in each bin over its mean prediction; right ones lie on the diagonal. */
  toSVG(): string {
    return reliabilityPlot(this)
  }
}

guardReceivers(ClickReport)
