/** The session cookie: `__Host-` over TLS; a plain name on http loopback, where Safari refuses Secure cookies. */
import type { FastifyReply, FastifyRequest } from 'fastify';

const OVER_TLS = '__Host-fenghuo';
const OVER_HTTP = 'fenghuo_session';

// `protocol` follows X-Forwarded-Proto from trusted proxies only.
const nameFor = (request: FastifyRequest): string => (request.protocol === 'https' ? OVER_TLS : OVER_HTTP);

export function sessionToken(request: FastifyRequest): string | undefined {
  return request.cookies[nameFor(request)];
}

export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
  expiresAt: Date,
): void {
  void reply.setCookie(nameFor(request), token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
    expires: expiresAt,
  });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  void reply.clearCookie(nameFor(request), {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
  });
}
