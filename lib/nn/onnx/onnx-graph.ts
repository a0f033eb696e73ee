import { Message } from './protobuf.js'

/** Version of the operators: LayerNormalization came with 17. */
const OPSET = 17
const IR_VERSION = 8

/** Numbers of ONNX's TensorProto.DataType. */
const DATA_TYPE = { f32: 1, i8: 3, i64: 7 } as const

/** Numbers of AttributeProto.AttributeType. */
const FLOAT = 1
const INT = 2
const INTS = 7

type Attribute = { float: number } | { int: number } | { ints: readonly number[] }

/** A size: a number, or the name of one that is given with the inputs. */
type Side = number | string

function attribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name)
  if ('float' in value) return message.float(2, value.float).integer(20, FLOAT)
  if ('int' in value) return signed(message, 3, value.int).integer(20, INT)
  for (const int of value.ints) signed(message, 8, int)
  return message.integer(20, INTS)
}

/** A negative integer takes ten bytes: its 64-bit two's complement. */
function signed(message: Message, field: number, value: number): Message {
  if (value >= 0) return message.integer(field, value)
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes = [field * 8]
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  const whole = Uint8Array.from([...bytes, Number(rest)])
  message.parts.push(whole)
  message.length += whole.length
  return message
}

function valueInfo(name: string, type: keyof typeof DATA_TYPE, shape: readonly Side[]): Message {
  const sides = new Message()
  for (const side of shape)
    sides.message(1, typeof side === 'number' ? new Message().integer(1, side) : new Message().text(2, side))
  const tensor = new Message().integer(1, DATA_TYPE[type]).message(2, sides)
  return new Message().text(1, name).message(2, new Message().message(1, tensor))
}

/** A model in the format of ONNX, built operator by operator; tensors go by name. */
export class OnnxGraph {
  /** Whether matrix products and the table of words are of 8-bit integers. */
  readonly isQuantized: boolean
  readonly #nodes: Message[] = []
  readonly #constants = new Map<string, Message>()
  readonly #inputs: Message[] = []
  readonly #outputs: Message[] = []
  readonly #derived = new Map<string, readonly string[]>()
  #count = 0

  constructor({ isQuantized = false } = {}) {
    this.isQuantized = isQuantized
  }

  input(name: string, type: keyof typeof DATA_TYPE, shape: readonly Side[]): string {
    this.#inputs.push(valueInfo(name, type, shape))
    return name
  }

  /** Gives a tensor the name of an output. */
  output(name: string, tensor: string, shape: readonly Side[]): void {
    this.#nodes.push(new Message().text(1, tensor).text(2, name).text(4, 'Identity'))
    this.#outputs.push(valueInfo(name, 'f32', shape))
  }

  /** Whether there is a constant of this name. */
  has(name: string): boolean {
    return this.#constants.has(name)
  }

  floats(name: string, shape: readonly number[], data: Float32Array): string {
    return this.#constant(name, 'f32', shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  bytes(name: string, shape: readonly number[], data: Int8Array): string {
    return this.#constant(name, 'i8', shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  /** What `make` gives, made once for a key. */
  once(key: string, make: () => readonly string[]): readonly string[] {
    const made = this.#derived.get(key) ?? make()
    this.#derived.set(key, made)
    return made
  }

  float(value: number): string {
    return this.floats(`constant_${this.#count++}`, [], Float32Array.of(value))
  }

  ints(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt)
    return this.#constant(`constant_${this.#count++}`, 'i64', [values.length], new Uint8Array(data.buffer))
  }

  /** Adds an operator; the name of its only output. */
  add(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.addAll(operator, inputs, 1, attributes)[0]!
  }

  /** Adds an operator; the names of its outputs. */
  addAll(
    operator: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string[] {
    const name = `${operator}_${this.#count++}`
    const names = Array.from({ length: outputs }, (_, n) => (n === 0 ? name : `${name}_${n}`))
    const node = new Message()
    for (const input of inputs) node.text(1, input)
    for (const output of names) node.text(2, output)
    node.text(3, name).text(4, operator)
    for (const [key, value] of Object.entries(attributes)) node.message(5, attribute(key, value))
    this.#nodes.push(node)
    return names
  }

  /** The whole model. */
  encode(): Message {
    const graph = new Message()
    for (const node of this.#nodes) graph.message(1, node)
    graph.text(2, 'kindred')
    for (const constant of this.#constants.values()) graph.message(5, constant)
    for (const input of this.#inputs) graph.message(11, input)
    for (const output of this.#outputs) graph.message(12, output)
    const opset = new Message().text(1, '').integer(2, OPSET)
    return new Message().integer(1, IR_VERSION).text(2, 'kindred').message(7, graph).message(8, opset)
  }

  #constant(name: string, type: keyof typeof DATA_TYPE, shape: readonly number[], raw: Uint8Array): string {
    const tensor = new Message()
    for (const side of shape) tensor.integer(1, side)
    this.#constants.set(name, tensor.integer(2, DATA_TYPE[type]).text(8, name).bytes(9, raw))
    return name
  }
}
