import { guardReceivers } from '../../../native/guard-receivers.js'
import type { Calibration, ClickFigures } from './figures.js'
import { reliabilityPlot } from './reliability-plot.js'

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
