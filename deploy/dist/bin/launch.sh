# Sourced by the commands beside it, which set `home`. Leaves in `java` and `class_path` what runs them. POSIX sh: the machine
# may have nothing else.
# shellcheck shell=sh
# shellcheck disable=SC2154 # set by who sources this
java=$home/runtime/bin/java
class_path=
while read -r jar; do
  class_path=$class_path${class_path:+:}$home/lib/$jar
done <"$home/lib/order"

# What every JVM of ours needs.
required='--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow'

# What --version says was built; not there if the tar was made outside of a git tree.
if [ -r "$home/commit" ]; then
  required="$required -Dvxmeta.commit=$(cat "$home/commit")"
fi

# Runs a class, with a cache from which the JVM starts in half the time where there is one. A JVM that does not take it goes on
# without: a node says so in its log.
# usage: run CACHE JVM-OPTIONS CLASS ARGUMENTS...
run() {
  cache=$home/cache/$1.aot
  options=$2
  shift 2
  if [ "${VXMETA_AOT:-on}" != off ] && [ -r "$cache" ]; then
    set -- "-XX:AOTCache=$cache" '-Xlog:aot*=off' '-Xlog:cds*=off' "-Dvxmeta.aot-cache=$cache" -cp "$class_path" "$@"
  else
    set -- -cp "$class_path" "$@"
  fi
  # shellcheck disable=SC2086 # options are words
  exec "$java" $required $options "$@"
}
