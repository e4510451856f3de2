/** OpenAPI 3.1 out of the routes' own schemas, and a page to browse it under the same strict policy. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { packageVersion } from '../paths.js';

const DOCS = '/api/docs';
/** Swagger UI's bundle adds one style element; this is its hash in the version that is pinned. */
const BUNDLE_STYLE = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

export async function registerOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fenghuo 烽火',
        version: packageVersion,
        description:
          'Errors are RFC 9457 problems with a stable `code`. Lists answer `{total, items, next}`; `next` is the cursor of the following page. The header `X-Fenghuo-Realm` chooses the realm (default `live`).',
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: '__Host-fenghuo' },
          key: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`ApiKey …`' },
        },
      },
      security: [{ session: [] }, { key: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json['$id'] ?? `schema-${index}`),
    },
  });
}

/** Registered apart from the routes of the API, so that they are all known. */
export async function registerOpenApiPages(app: FastifyInstance): Promise<void> {
  app.get(
    '/api/v1/openapi.json',
    { schema: { hide: true }, config: { public: 'the description of the API holds no data' } },
    () => app.swagger(),
  );
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, public: 'the description of the API holds no data' };
    });
    await docs.register(swaggerUi, {
      routePrefix: DOCS,
      transformStaticCSP: (policy) => policy.replace("style-src 'self'", `style-src 'self' ${BUNDLE_STYLE}`),
      uiConfig: { url: '/api/v1/openapi.json', deepLinking: false, validatorUrl: null },
    });
  });
}
