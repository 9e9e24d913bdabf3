// relay.js: who sits between a browser and a server, ends the browser's TLS with a certificate
// of his own, and passes everything on.
//
//     node relay.js CERTIFICATE KEY PORT
//
// Listens on a free port of the loopback and prints it; PORT is the true server's.
'use strict'

const fs = require('fs')
const tls = require('tls')

const [certificate, key, port] = process.argv.slice(2)

const relay = tls.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, client => {
  const server = tls.connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
  client.on('error', () => server.destroy())
  server.on('error', () => client.destroy())
  client.pipe(server).pipe(client)
})
relay.listen(0, '127.0.0.1', () => console.log(relay.address().port))
