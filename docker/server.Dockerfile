# SPDX-License-Identifier: Apache-2.0
# The database server: MariaDB with the UDF library. Build from the top of the tree:
#   docker build -f docker/server.Dockerfile -t allium-server .
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev meson ninja-build pkg-config flex bison \
    libssl-dev libgmp-dev libevent-dev libjansson-dev libinih-dev libedit-dev libcmocka-dev libmariadb-dev libzstd-dev zlib1g-dev
COPY . /src
RUN meson setup /build /src --buildtype=release && ninja -C /build

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends mariadb-server mariadb-client && rm -rf /var/lib/apt/lists/* /var/lib/mysql/*
COPY --from=build /build/udf/allium_udf.so /usr/lib/mysql/plugin/
COPY --from=build /build/udf/install.sql /usr/local/share/allium/install.sql
COPY docker/server-start.sh /usr/local/bin/server-start
VOLUME /var/lib/mysql
EXPOSE 3306
CMD ["server-start"]
