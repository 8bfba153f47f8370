#!/bin/bash
# Runs once, while the image is built: the Java runtime and the broker's user.
set -euo pipefail

apt-get update -qq
# The package's links for manual pages fail without this folder.
mkdir -p /usr/share/man/man1
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openjdk-17-jre-headless
groupadd -r -g 1000 appuser
useradd -r -u 1000 -g 1000 -d /home/appuser -s /bin/bash appuser
install -d -o 1000 -g 1000 -m 0755 /var/lib/kafka /var/lib/kafka/data
rm -rf /opt/build-apt /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /tmp/* /opt/kafka/install.sh
