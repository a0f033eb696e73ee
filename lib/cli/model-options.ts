import { type Command, Help, Option } from 'commander'
import type { Recommender } from '../models/base/recommender.js'
import { ALGORITHMS, type Algorithm, MODELS } from '../models/registry.js'
import { ABOUT_OPTIONS, type OptionEntry } from './about-model-options.js'
import { dashed, natural, number, numberOrAuto, trueOrFalse, usageError } from './options.js'

/** Options of models as the command line gives them; they reach the model's constructor under their own names. */
export type ModelOptions = Readonly<Record<string, unknown>>

const HEADING = 'Options of models:'

/** The options of a class with its defaults; an option that is not among them is none of it. */
function defaultsOf(algorithm: Algorithm): ModelOptions {
  return new MODELS[algorithm]().options as ModelOptions
}

function algorithmsWith(name: string): Algorithm[] {
  return ALGORITHMS.filter((algorithm) => name in defaultsOf(algorithm))
}

/** Every option that some class has: those with a text in its order, then others. */
function optionNames(): string[] {
  const existing = new Set(ALGORITHMS.flatMap((algorithm) => Object.keys(defaultsOf(algorithm))))
  return [...new Set([...Object.keys(ABOUT_OPTIONS), ...existing])].filter((name) => existing.has(name))
}

/** What is known of an option; of one without a text, what its default tells. */
function entryOf(name: string): OptionEntry {
  if (Object.hasOwn(ABOUT_OPTIONS, name)) return ABOUT_OPTIONS[name]!
  const kinds = new Set(algorithmsWith(name).map((algorithm) => typeof defaultsOf(algorithm)[name]))
  const argument = kinds.has('boolean') ? '[true|false]' : kinds.has('string') ? '<name>' : '<x>'
  return { argument, about: `the option ${name}` }
}

/** For example "100 (ItemKNN, UserKNN), 50 (SLIM)". */
function describeDefaults(name: string): string {
  const byDefault = new Map<unknown, Algorithm[]>()
  for (const algorithm of algorithmsWith(name)) {
    const value = defaultsOf(algorithm)[name]
    byDefault.set(value, [...(byDefault.get(value) ?? []), algorithm])
  }
  return [...byDefault].map(([value, algorithms]) => `${value ?? 'unset'} (${algorithms.join(', ')})`).join(', ')
}

function flagOf(name: string): Option {
  const { argument, about } = entryOf(name)
  const help = `${about}; default: ${describeDefaults(name)}`
  const flag = `--${dashed(name)}`
  if (typeof argument !== 'string') return new Option(`${flag} <name>`, help).choices(argument)
  const option = new Option(`${flag} ${argument}`, help)
  if (argument === '[true|false]') return option.preset('true').argParser(trueOrFalse)
  if (argument === '<x|auto>') return option.argParser(numberOrAuto)
  return argument === '<name>' ? option : option.argParser(argument === '<n>' ? natural : number)
}

/**
 * Adds --algorithm and the options of models, each with its defaults by class, to a command. With --algorithm, --help
 * shows those of that class only.
 */
export function addModelOptions(command: Command): Command {
  command.addOption(
    new Option('--algorithm <class>', 'the class of the model').choices(ALGORITHMS).default('AlternatingLeastSquares'),
  )
  const flags = new Map(optionNames().map((name) => [flagOf(name).helpGroup(HEADING), name]))
  for (const flag of flags.keys()) command.addOption(flag)
  return command.configureHelp({
    visibleOptions(own) {
      const all = Help.prototype.visibleOptions.call(this, own)
      if (own.getOptionValueSource('algorithm') !== 'cli') return all
      const defaults = defaultsOf(own.opts().algorithm)
      return all.filter((option) => !flags.has(option) || flags.get(option)! in defaults)
    },
  })
}

/** The model that the command line asks for. Options of other classes are refused by name. */
export function createModel(algorithm: Algorithm, given: ModelOptions): Recommender {
  const owners = (name: string) => algorithmsWith(name).join(', ')
  const named = optionNames().filter((name) => given[name] !== undefined)
  for (const name of named)
    if (!(name in defaultsOf(algorithm)))
      throw usageError(`--${dashed(name)}: not an option of ${algorithm}. It is one of ${owners(name)}.`)
  const Model = MODELS[algorithm] as new (options: ModelOptions) => Recommender
  return new Model(Object.fromEntries(named.map((name) => [name, given[name]])))
}
