# Writes a web server's log.
n=0
while :; do
  n=$((n + 1))
  colour=32 status=200
  [ $((n % 7)) = 0 ] && colour=33 status=304
  [ $((n % 23)) = 0 ] && colour=31 status=500
  printf '%s \033[36mGET\033[0m /items/%-4d \033[%dm%d\033[0m %3d ms\n' "$(date +%T)" $n $colour $status $((n * 37 % 90 + 3))
  [ $status = 500 ] && echo "error: item $n: the database answered after $((n * 13 % 400 + 800)) ms" >&2
  sleep 0.2
done
