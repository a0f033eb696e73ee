import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { BertModel, type TrainingJob } from '../base/bert-model.js'
import type { EncodedTokens } from '../base/encoded-tokens.js'
import type { BertSource } from '../base/source.js'
import { type TrainingOptions, type TrainingSettings, trainingSettings } from '../base/training-options.js'
import { checkStudent } from './check-student.js'
import { type DistillationOptions, distillationSettings, matchedLayers } from './distill-options.js'
import type { LossParts } from './distillation-loss.js'
import { distillationTask, type Reader } from './distillation-task.js'
import { importanceOfWeights, keptParts } from './importance.js'
import { importanceOfTexts } from './importance-of-texts.js'
import { type PruneOptions, pruneSettings } from './prune-options.js'
import { smallerSource, wholeLayers } from './smaller-source.js'

/** What a student is trained on. */
export interface Teaching<Judged>
  extends Pick<TrainingJob<Judged>, 'samples' | 'data' | 'judgedClass' | 'validate' | 'options'> {
  /** The texts as the student reads them, and as the teacher does. */
  readonly student: Reader
  readonly teacher: Reader
  readonly parts?: LossParts
}

/** What `distill` of any model takes. */
export type StudentOptions<Student> = TrainingOptions &
  DistillationOptions & { student?: Student; layers?: readonly number[]; validation?: object }

/** @internal How a student is made and trained. */
export interface Course<Judged, Student> {
  readonly hasLabels: boolean
  /** What must be the same of both, beside the length of states. */
  readonly labels: readonly string[]
  /** @throws ERR_VALUE for a student of another class */
  isStudent(student: unknown): student is Student
  labelsOf(student: Student): readonly string[]
  make(source: BertSource): Student
  prepare(student: Student, settings: TrainingSettings): Promise<Teaching<Judged>>
}

/** A text model of which smaller ones are made: by removing parts of it, or by teaching a student. */
export abstract class CompressibleModel<Judged> extends BertModel<Judged> {
  /** @internal Adds what the head says to the graph: what a student learns. */
  protected abstract said(graph: Graph, encoded: EncodedTokens): Tensor

  /**
   * @internal The weights of a model without the heads and columns on which the loss of a job depends least.
   * @param option names the texts, of which there are `samples`
   */
  protected async prunedSource(
    options: PruneOptions,
    { option, samples }: { option: string; samples: number },
    job: (settings: TrainingSettings) => Promise<Pick<TrainingJob<Judged>, 'logits' | 'loss' | 'batch'>>,
  ): Promise<BertSource> {
    const { by, shares, batchSize, maxTokens, signal } = pruneSettings(options, this.tokenBounds)
    const settings = trainingSettings({ batchSize, maxTokens, signal }, this.tokenBounds, false)
    if (samples === 0 && by === 'gradient')
      throw new KindredError(
        'ERR_VALUE',
        `${option}: expected some to learn from what matters; by: 'weights' needs none.`,
      )
    return this.alone(async () => {
      const { source } = this
      const importance =
        by === 'gradient'
          ? await importanceOfTexts(source, { settings, samples, ...(await job(settings)) })
          : await importanceOfWeights(source.folder.config, source.adaptation.reader())
      return smallerSource(source, this.head, keptParts(importance, shares))
    })
  }

  /** @internal Trains a student: a new one that begins with some of this model's layers, or that of the options. */
  protected async teach<Student extends CompressibleModel<Judged>>(
    options: StudentOptions<Student>,
    course: Course<Judged, Student>,
  ): Promise<Student> {
    const { source } = this
    const depth = source.folder.config.order.length
    const { kind, weights, layers } = distillationSettings(options, depth, course.hasLabels)
    const { student: given, signal } = options
    if (given !== undefined) {
      if (!course.isStudent(given) || (given as unknown) === this)
        throw new KindredError('ERR_VALUE', `student: expected another ${this.constructor.name}.`)
      const dims = given.source.folder.config.dims
      const teacher = { labels: course.labels, dims: source.folder.config.dims }
      checkStudent({ labels: course.labelsOf(given), dims }, teacher, options.layers, weights.states)
    }
    return this.alone(async () => {
      const student = given ?? course.make(await smallerSource(source, this.head, wholeLayers(source, layers)))
      const studied = matchedLayers(student.source.folder.config.order.length, depth)
      const asked = trainingSettings(options, student.tokenBounds, options.validation !== undefined)
      // States alone say nothing of the head.
      const isStill = (name: string) => weights.soft + weights.hard === 0 && student.head.has(name)
      const settings = { ...asked, frozen: (name: string) => isStill(name) || asked.frozen(name) }
      await student.trainOn(async () => {
        const { student: own, teacher, parts, options: further, ...job } = await course.prepare(student, settings)
        const says = this.inference((graph, encoded) => [
          this.said(graph, encoded),
          ...(weights.states > 0 ? studied.map((layer) => encoded.layers[layer]!) : []),
        ])
        const pair = {
          student: { ...own, said: (graph: Graph, encoded: EncodedTokens) => student.said(graph, encoded) },
          teacher: { ...teacher, says },
        }
        return {
          ...job,
          settings,
          options: { ...weights, kind, ...further },
          ...distillationTask(pair, { weights, kind, signal, parts }),
        }
      })
      return student
    })
  }
}

guardReceivers(CompressibleModel)
