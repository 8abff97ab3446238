# SPDX-License-Identifier: Apache-2.0
# The proxy. Build from the top of the tree: docker build -f docker/proxy.Dockerfile -t allium-proxy .
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev meson ninja-build pkg-config flex bison \
    libssl-dev libgmp-dev libevent-dev libjansson-dev libinih-dev libedit-dev libcmocka-dev libmariadb-dev libzstd-dev zlib1g-dev
COPY . /src
RUN meson setup /build /src --buildtype=release && ninja -C /build && mkdir /out && \
    find /build/proxy -type f \( -name alliumd -o -name alliumctl \) -exec cp {} /out/ \;

FROM debian:bookworm-slim
# mariadb-server is the scratch engine; nothing starts it but alliumd.
RUN apt-get update && apt-get install -y --no-install-recommends mariadb-server libevent-2.1-7 libevent-openssl-2.1-7 \
    libevent-pthreads-2.1-7 libjansson4 libinih1 libedit2 libmariadb3 libgmp10 libzstd1 && rm -rf /var/lib/apt/lists/* && \
    useradd --system --home-dir /var/lib/allium --create-home allium
COPY --from=build /out/ /usr/local/bin/
COPY docker/proxy-start.sh /usr/local/bin/proxy-start
USER allium
VOLUME /var/lib/allium
EXPOSE 6033
CMD ["proxy-start"]
