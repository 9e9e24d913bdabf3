// browser.js: Chromium opens a page behind HTTP authentication, and says what it got.
//
//     node browser.js CHROMIUM PROFILE_DIR URL SCREENSHOT [USER PASSWORD]
//
// BROWSER_OPTIONS in the environment has more options for the browser, with blanks in between.
// Drives the browser by its DevTools protocol over a pipe (file descriptors 3 and 4, messages
// end in NUL), so nothing but Node is needed. The browser asks for a password as it would ask
// a person: the first time it gets the one from the command line, then it is told "cancel",
// which shows the server's own page. Prints the status of every response, a line each, then
// the page's text. Exit status 0: a page was shown, whatever its status; 1: none.
'use strict'

const { spawn } = require('child_process')
const fs = require('fs')

const [chromium, profile, url, screenshot, username, password] = process.argv.slice(2)
const DEADLINE_MS = 60000

const child = spawn(chromium, [
  '--headless', '--remote-debugging-pipe', `--user-data-dir=${profile}`, '--no-sandbox',
  '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--window-size=900,900', ...(process.env.BROWSER_OPTIONS || '').split(' ').filter(Boolean),
  'about:blank'
], { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'], env: { ...process.env, HOME: profile } })
const [, , errors, toBrowser, fromBrowser] = child.stdio
let complaints = ''
errors.on('data', data => { complaints += data })

// ---- the protocol: calls with numbers, events with names ----------------------------------
const waiting = new Map()
const listeners = new Map()
let lastId = 0
let pending = ''

function call (method, params = {}, sessionId = undefined) {
  const id = ++lastId
  toBrowser.write(JSON.stringify({ id, method, params, sessionId }) + '\0')
  return new Promise((resolve, reject) => waiting.set(id, { method, resolve, reject }))
}

function receive (message) {
  if (message.id === undefined) {
    const listener = listeners.get(message.method)
    if (listener !== undefined) listener(message.params)
    return
  }
  const { method, resolve, reject } = waiting.get(message.id)
  waiting.delete(message.id)
  if (message.error) reject(new Error(`${method}: ${message.error.message}`))
  else resolve(message.result)
}

fromBrowser.setEncoding('utf8')
fromBrowser.on('data', data => {
  const parts = (pending + data).split('\0')
  pending = parts.pop()
  parts.forEach(part => receive(JSON.parse(part)))
})

function finish (status, text) {
  console.log(text)
  child.once('exit', () => process.exit(status))
  child.kill()
}
setTimeout(() => finish(1, `no page in ${DEADLINE_MS} ms\n${complaints}`), DEADLINE_MS)
child.on('error', error => { console.log(`${chromium}: ${error.message}`); process.exit(1) })

// ---- one page -------------------------------------------------------------------------------
async function openTab () {
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true })
  const tab = (method, params) => call(method, params, sessionId)
  for (const domain of ['Network', 'Page']) await tab(`${domain}.enable`)
  await tab('Security.setIgnoreCertificateErrors', { ignore: true })
  await tab('Fetch.enable', { handleAuthRequests: true })
  return tab
}

function answerQuestions (tab) {
  let asked = 0
  listeners.set('Fetch.requestPaused', ({ requestId }) => tab('Fetch.continueRequest', { requestId }))
  listeners.set('Fetch.authRequired', ({ requestId }) => {
    const known = username !== undefined && asked++ === 0
    const answer = known ? { response: 'ProvideCredentials', username, password } : { response: 'CancelAuth' }
    tab('Fetch.continueWithAuth', { requestId, authChallengeResponse: answer })
  })
}

async function run () {
  const tab = await openTab()
  const loaded = new Promise(resolve => listeners.set('Page.loadEventFired', resolve))
  answerQuestions(tab)
  listeners.set('Network.responseReceived', ({ type, response }) => {
    if (type === 'Document') console.log(`status ${response.status}`)
  })
  const { errorText } = await tab('Page.navigate', { url })
  if (errorText) return finish(1, `${url}: ${errorText}\n${complaints}`)
  await loaded
  const { result } = await tab('Runtime.evaluate', { expression: 'document.body.innerText' })
  const { data } = await tab('Page.captureScreenshot', { format: 'png' })
  fs.writeFileSync(screenshot, Buffer.from(data, 'base64'))
  finish(0, result.value)
}

run().catch(error => finish(1, error.message))
