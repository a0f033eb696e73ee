import { type Command, Option } from 'commander'
import type { Recommender } from '../models/base/recommender.js'
import { ALGORITHMS, type Algorithm, MODELS } from '../models/registry.js'
import { natural, number, usageError } from './options.js'

/** Options of models that the command line offers; they reach the model's constructor under their own names. */
export interface ModelOptions {
  factors?: number
  regularization?: number
  learningRate?: number
  alpha?: number
  l1Ratio?: number
  beta?: number
  iterations?: number
  seed?: number
  neighbors?: number
  similarity?: 'cosine' | 'jaccard'
  weighting?: 'none' | 'tfidf' | 'bm25'
  shrinkage?: number
}

interface OptionEntry {
  argument: '<n>' | '<x>' | readonly string[]
  about: string
}

const OPTIONS: Readonly<Record<keyof ModelOptions, OptionEntry>> = {
  factors: { argument: '<n>', about: 'length of the vectors' },
  regularization: { argument: '<x>', about: 'L2 penalty' },
  learningRate: { argument: '<x>', about: 'step of the gradient descent' },
  alpha: {
    argument: '<x>',
    about:
      'confidence of a weight w is 1 + alpha w (AlternatingLeastSquares), weight of the low-pass filter (GFCF), exponent of the transition probabilities (P3alpha, RP3beta), strength of both penalties (SLIM)',
  },
  l1Ratio: { argument: '<x>', about: 'share of the L1 penalty' },
  beta: { argument: '<x>', about: 'exponent of the popularity that weights are divided by' },
  iterations: { argument: '<n>', about: 'iterations of the training' },
  seed: { argument: '<n>', about: 'seed of all that is random' },
  neighbors: { argument: '<n>', about: 'neighbours kept for each item or user' },
  similarity: { argument: ['cosine', 'jaccard'], about: 'similarity of items or users' },
  weighting: { argument: ['none', 'tfidf', 'bm25'], about: 'weighting of interactions in the cosine' },
  shrinkage: { argument: '<x>', about: 'added to the denominator of the similarity' },
}

const NAMES = Object.keys(OPTIONS) as (keyof ModelOptions)[]

/** The options of a class with its defaults; an option that is not among them is none of it. */
function defaultsOf(algorithm: Algorithm): Readonly<Record<string, unknown>> {
  return new MODELS[algorithm]().options as Readonly<Record<string, unknown>>
}

function algorithmsWith(name: keyof ModelOptions): Algorithm[] {
  return ALGORITHMS.filter((algorithm) => name in defaultsOf(algorithm))
}

/** For example "100 (ItemKNN, UserKNN), 50 (SLIM)". */
function describeDefaults(name: keyof ModelOptions): string {
  const byDefault = new Map<unknown, Algorithm[]>()
  for (const algorithm of algorithmsWith(name)) {
    const value = defaultsOf(algorithm)[name]
    byDefault.set(value, [...(byDefault.get(value) ?? []), algorithm])
  }
  return [...byDefault].map(([value, algorithms]) => `${value} (${algorithms.join(', ')})`).join(', ')
}

/** Adds --algorithm and the options of models, each with its defaults by class, to a command. */
export function addModelOptions(command: Command): Command {
  command.addOption(
    new Option('--algorithm <class>', 'the class of the model').choices(ALGORITHMS).default('AlternatingLeastSquares'),
  )
  for (const name of NAMES) {
    const { argument, about } = OPTIONS[name]
    const help = `${about}; default: ${describeDefaults(name)}`
    if (typeof argument !== 'string') command.addOption(new Option(`--${dashed(name)} <name>`, help).choices(argument))
    else command.option(`--${dashed(name)} ${argument}`, help, argument === '<n>' ? natural : number)
  }
  return command
}

/** The model that the command line asks for. Options of other classes are refused by name. */
export function createModel(algorithm: Algorithm, given: ModelOptions): Recommender {
  const owners = (name: keyof ModelOptions) => algorithmsWith(name).join(', ')
  const named = NAMES.filter((name) => given[name] !== undefined)
  for (const name of named)
    if (!(name in defaultsOf(algorithm)))
      throw usageError(`--${dashed(name)}: not an option of ${algorithm}. It is one of ${owners(name)}.`)
  const Model = MODELS[algorithm] as new (options: ModelOptions) => Recommender
  return new Model(Object.fromEntries(named.map((name) => [name, given[name]])))
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
