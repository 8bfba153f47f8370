// Serves Better Auth, signs a user up there, and uses the user's token at the API.
// Usage: node check.mjs API_URL PORT: one Better Auth for each algorithm, from PORT on.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'

const [api, firstPort] = process.argv.slice(2)

// Better Auth as its documentation sets it up: the JWT plugin with its defaults, but for the algorithm.
async function serve(port, alg) {
  const baseURL = `http://127.0.0.1:${port}`
  const db = { user: [], session: [], account: [], verification: [], jwks: [] }
  const plugins = [jwt(alg === 'EdDSA' ? {} : { jwks: { keyPairConfig: { alg } } })]
  const auth = betterAuth({
    baseURL,
    secret: 'a secret of at least 32 characters, for cookies only',
    database: memoryAdapter(db),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    plugins,
  })
  const server = createServer(toNodeHandler(auth))
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { alg, baseURL, db, server }
}

async function signUp({ alg, baseURL }) {
  const response = await fetch(`${baseURL}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: baseURL },
    body: JSON.stringify({ email: `ann-${alg}@example.com`, password: 'correct horse', name: 'Ann' }),
  })
  assert.equal(response.status, 200, await response.clone().text())
  return response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
}

async function token({ baseURL }, cookie) {
  const response = await fetch(`${baseURL}/api/auth/token`, { headers: { cookie } })
  assert.equal(response.status, 200)
  return (await response.json()).token
}

async function call(method, path, bearer, body) {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
  const response = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) })
  return { status: response.status, json: response.status === 204 ? null : await response.json() }
}

const header = (bearer) => JSON.parse(Buffer.from(bearer.split('.')[0], 'base64url'))

async function check(issuer) {
  const cookie = await signUp(issuer)
  const first = await token(issuer, cookie)
  assert.equal(header(first).alg, issuer.alg)
  const me = await call('GET', '/v1/auth/me', first)
  assert.equal(me.status, 200, JSON.stringify(me.json))
  assert.deepEqual([me.json.email, me.json.name], [`ann-${issuer.alg}@example.com`.toLowerCase(), 'Ann'])
  assert.equal((await call('POST', '/v1/tasks', first, { title: 'milk' })).status, 201)

  // The key's time is over: Better Auth makes another one and keeps the old one in its key set.
  issuer.db.jwks[0].expiresAt = new Date(Date.now() - 1000)
  const second = await token(issuer, cookie)
  assert.notEqual(header(second).kid, header(first).kid)
  const again = await call('GET', '/v1/auth/me', second)
  assert.deepEqual([again.status, again.json.id], [200, me.json.id])
  assert.equal((await call('GET', '/v1/tasks', first)).json.items.length, 1)

  // Somebody changes the token.
  const [head, claims, signature] = second.split('.')
  const forged = Buffer.from(JSON.stringify({ ...header(second), alg: 'none' })).toString('base64url')
  for (const bad of [`${forged}.${claims}.`, `${head}.${claims}.`, `${head}.${claims}x.${signature}`]) {
    assert.equal((await call('GET', '/v1/auth/me', bad)).status, 401)
  }

  // Better Auth is away: its keys are known. The token is one that the API has not seen.
  let third = second
  while (third === second) third = await token(issuer, cookie)
  await new Promise((resolve) => { issuer.server.close(resolve); issuer.server.closeAllConnections() })
  assert.equal((await call('DELETE', '/v1/auth/me', third)).status, 204)
  console.log(`Better Auth with ${issuer.alg}: accepted, rotated, refused when forged, and good while Better Auth is away`)
}

for (const [index, alg] of ['EdDSA', 'ES256', 'RS256'].entries()) {
  await check(await serve(Number(firstPort) + index, alg))
}
