/** The server's own log: JSON lines on standard error, without secrets. */
import { pino, type DestinationStream, type Logger } from 'pino';

/** Pino writes JSON: text from outside is escaped by it and cannot forge a line. */
export function createLog(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: false }),
): Logger {
  return pino(
    {
      level,
      base: undefined,
      redact: {
        paths: [
          'req.headers.authorization',
          'req.headers.cookie',
          'res.headers["set-cookie"]',
          'headers.authorization',
          'headers.cookie',
          '*.password',
          '*.secret',
          '*.token',
        ],
        censor: '[hidden]',
      },
      serializers: {
        err: pino.stdSerializers.err,
        req: (request: { method: string; url: string; ip?: string; id?: string }) => ({
          method: request.method,
          // The query may hold what people search for, which is nobody's business in a log.
          path: request.url.split('?', 1)[0]?.slice(0, 500),
          address: request.ip,
        }),
      },
    },
    destination,
  );
}
