import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { type Id, type IdMap, parseIdLike } from '../data/id-map.js'
import { EXIT } from './terminal.js'

/** Parses a number for commander, which names the option in its error. */
export function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.')
  return value
}

/** Parses a number, or the word auto, for commander. */
export function numberOrAuto(text: string): number | 'auto' {
  return text === 'auto' ? text : number(text)
}

/** Parses a natural number for commander. */
export function natural(text: string): number {
  const value = number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('Expected a natural number.')
  return value
}

/** Parses true or false for commander. */
export function trueOrFalse(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Expected true or false.')
  return text === 'true'
}

/** Parses a list such as 10,20 for commander. */
export function naturals(text: string): number[] {
  return text.split(',').map(natural)
}

/** Parses a list of names such as a,b for commander. */
export function names(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.includes('')) throw new InvalidArgumentError('Expected names with a comma between them.')
  return parts
}

/** An option's name as a flag has it: learningRate, learning-rate. */
export function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The error of options that cannot be combined, printed like those of commander. */
export function usageError(reason: string): CommanderError {
  return new CommanderError(EXIT.usage, 'kindred.usage', `error: ${reason}`)
}

/** A command with the options that all commands have. */
export function addCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .addOption(new Option('--json', 'print one JSON document to standard output'))
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')
}

/** Options that every list of recommendations takes. */
export interface ListFlags {
  k: number
  candidates?: string
  minScore?: number
  fallback?: 'popularity' | 'none'
  unknown?: 'error' | 'ignore'
}

/** Adds the flags of {@link ListFlags} to a command. */
export function addListOptions(command: Command): Command {
  return command
    .option('--k <n>', 'how many', natural, 10)
    .option('--candidates <ids>', 'rank these items only, e.g. 318,2959')
    .option('--min-score <x>', 'leave out what scores less', number)
    .addOption(
      new Option(
        '--fallback <what>',
        'items that nothing is known for: last, by popularity, or left out (default: popularity)',
      ).choices(['popularity', 'none']),
    )
    .addOption(
      new Option('--unknown <policy>', 'ids that the model does not know (default: error)').choices([
        'error',
        'ignore',
      ]),
    )
}

/** The options of a list that the flags stand for; those that were not given are absent. */
export function listOptionsOf({ k, candidates, minScore, fallback, unknown }: ListFlags, items: IdMap) {
  const ids = candidates === undefined ? undefined : idList('candidates', candidates, items)
  return { k, candidates: ids, minScore, fallback, unknown }
}

/** The parts of a list "a,b,c" of the option `flag`; a usage error where one is blank. */
export function listParts(flag: string, text: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.includes(''))
    throw usageError(`--${flag}: expected ids with a comma between them, such as 318,2959, but received "${text}".`)
  return parts
}

/** Ids given as "a,b,c" with the option `flag`, read as the type that `map` holds. */
export function idList(flag: string, text: string, map: IdMap): Id[] {
  return listParts(flag, text).map((part) => parseIdLike(part, map))
}
