package org.jvmm.guests.fetch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** A directory over HTTP on the loopback interface, with the faults that a test asks for. */
public final class MirrorServer implements AutoCloseable {
  private final HttpServer server;
  private final Path root;
  private final CountDownLatch stopped = new CountDownLatch(1);

  /** "PATH" or "PATH bytes=N-" for each request, in order. */
  public final List<String> requests = new CopyOnWriteArrayList<>();

  /** Where an answer that is cut ends, in bytes of its content. */
  public volatile int cutAfter;

  /** So many of the next answers are cut. */
  public volatile int cuts;

  /** A cut answer does not end but stands still. */
  public volatile boolean stalls;

  /** So many of the next answers are 503. */
  public volatile int unavailable;

  public volatile boolean ranges = true;

  public MirrorServer(Path root) throws IOException {
    this.root = root;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "mirror");
              thread.setDaemon(true);
              return thread;
            }));
    server.start();
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/").resolve(path);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String range = exchange.getRequestHeaders().getFirst("Range");
      requests.add(range == null ? path : path + " " + range);
      Path file = root.resolve(path.substring(1));
      if (path.startsWith("/moved/")) {
        exchange.getResponseHeaders().set("Location", path.substring("/moved".length()));
        exchange.sendResponseHeaders(302, -1);
      } else if (unavailable > 0) {
        unavailable--;
        exchange.sendResponseHeaders(503, -1);
      } else if (!Files.isRegularFile(file)) {
        exchange.sendResponseHeaders(404, -1);
      } else {
        send(exchange, Files.readAllBytes(file), range);
      }
    }
  }

  private void send(HttpExchange exchange, byte[] content, String range) throws IOException {
    int from = 0;
    if (range != null && ranges) {
      from = Integer.parseInt(range.replaceAll("\\D", ""));
      String header = "bytes %d-%d/%d".formatted(from, content.length - 1, content.length);
      exchange.getResponseHeaders().set("Content-Range", header);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
    OutputStream out = exchange.getResponseBody();
    if (cuts > 0) {
      cuts--;
      out.write(content, from, Math.min(content.length - from, cutAfter));
      out.flush();
      if (stalls) {
        standStill();
      }
    } else {
      out.write(content, from, content.length - from);
      out.close();
    }
  }

  private void standStill() {
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stopped.countDown();
    server.stop(0);
  }
}
