import { connect } from 'node:net'

/** One connection that is kept, with one request under way at most; the answer is read by its Content-Length. */
class Connection {
  #socket
  #host
  #text = ''
  #done

  constructor({ hostname, port, host }) {
    this.#host = host
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (data) => this.#read(data))
    const end = (error) => {
      this.#done?.({ status: 0, error: error?.message ?? 'closed' })
      this.#done = undefined
    }
    this.#socket.on('error', end)
    this.#socket.on('close', () => end())
  }

  get isOpen() {
    return !this.#socket.destroyed
  }

  #read(data) {
    this.#text += data
    const head = this.#text.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = Number(/content-length: (\d+)/i.exec(this.#text.slice(0, head))?.[1] ?? 0)
    if (this.#text.length < head + 4 + length) return
    const answer = { status: Number(this.#text.slice(9, 12)), body: this.#text.slice(head + 4, head + 4 + length) }
    this.#text = ''
    const done = this.#done
    this.#done = undefined
    done(answer)
  }

  /** Sends a request; `done` gets { status, body }, of status 0 where the connection ended. */
  post(path, body, done) {
    this.#done = done
    this.#socket.write(
      `POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  }

  end() {
    this.#socket.destroy()
  }
}

/** Connections to one service. Requests for which none is free wait in their order. */
export class Connections {
  #url
  #free = []
  #all = new Set()
  #waiting = []

  constructor(url, count) {
    this.#url = new URL(url)
    for (let n = 0; n < count; n++) this.#free.push(this.#open())
  }

  #open() {
    const connection = new Connection(this.#url)
    this.#all.add(connection)
    return connection
  }

  post(path, body, done) {
    const connection = this.#free.pop()
    if (connection === undefined) this.#waiting.push([path, body, done])
    else this.#send(connection, path, body, done)
  }

  #send(connection, path, body, done) {
    connection.post(path, body, (answer) => {
      done(answer)
      let next = connection
      if (!connection.isOpen) {
        this.#all.delete(connection)
        next = this.#open()
      }
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#free.push(next)
      else this.#send(next, ...waiting)
    })
  }

  end() {
    for (const connection of this.#all) connection.end()
  }
}
