package org.jvmm.acceptance;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A program on a terminal of its own, which script(1) provides, and somebody at its keyboard who
 * waits for what is said.
 */
final class Terminal implements Closeable {
  /** Where util-linux, which every Debian has, puts it. */
  static final Path SCRIPT = Path.of("/usr/bin/script");

  private static final long LIMIT_SECONDS = 600;
  private static final Pattern ANSWER = Pattern.compile("\n<([^\r\n]*)>\r");

  private final Process process;
  private final StringBuilder screen = new StringBuilder();
  private final Path pidFile;
  private boolean ended;
  private int read;

  private Terminal(Process process, Path pidFile) {
    this.process = process;
    this.pidFile = pidFile;
  }

  /** Starts a program; {@code environment} is added to ours. */
  static Terminal start(List<String> command, Map<String, String> environment) throws IOException {
    Path pidFile = Files.createTempFile("terminal", ".pid");
    String quoted =
        command.stream()
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    String line = "echo $$ >'" + pidFile + "'; exec " + quoted;
    ProcessBuilder builder =
        new ProcessBuilder(SCRIPT.toString(), "-qec", line, "/dev/null").redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.environment().put("SHELL", "/bin/sh");
    Terminal terminal = new Terminal(builder.start(), pidFile);
    Thread reader = new Thread(terminal::readAll, "terminal");
    reader.setDaemon(true);
    reader.start();
    return terminal;
  }

  private void readAll() {
    char[] some = new char[4096];
    try (Reader in = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
      for (int n = in.read(some); n >= 0; n = in.read(some)) {
        append(some, n);
      }
    } catch (IOException e) {
      // The terminal hung up: its program has ended.
    }
    synchronized (this) {
      ended = true;
      notifyAll();
    }
  }

  private synchronized void append(char[] some, int n) {
    screen.append(some, 0, n);
    notifyAll();
  }

  /** Waits for a pattern behind what has been seen so far. */
  synchronized Matcher see(Pattern pattern) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (true) {
      Matcher found = pattern.matcher(screen.substring(read));
      if (found.find()) {
        read += found.end();
        return found;
      }
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (ended || left <= 0) {
        String why = ended ? "ended before '%s':%n%s" : "no '%s' in time:%n%s";
        throw new AssertionError(why.formatted(pattern, screen));
      }
      wait(left);
    }
  }

  /** Waits for a text. */
  void see(String text) throws InterruptedException {
    see(Pattern.compile(text, Pattern.LITERAL));
  }

  /** Types a line. */
  void type(String line) throws IOException {
    press(line + "\r");
  }

  /** Presses keys. */
  void press(String keys) throws IOException {
    OutputStream keyboard = process.getOutputStream();
    keyboard.write(keys.getBytes(StandardCharsets.UTF_8));
    keyboard.flush();
  }

  /** The answer, of one line, of the guest's shell to a command. */
  String ask(String command) throws IOException, InterruptedException {
    type("echo \"<$(" + command + ")>\"");
    return see(ANSWER).group(1);
  }

  /** Waits for the program's end; its exit status. */
  int ends() throws InterruptedException {
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("still running:\n" + this);
    }
    return process.exitValue();
  }

  /** All that was on the screen. */
  @Override
  public synchronized String toString() {
    return screen.toString();
  }

  @Override
  public void close() throws IOException {
    String pid = Files.readString(pidFile).strip();
    Files.delete(pidFile);
    if (process.isAlive() && !pid.isEmpty()) {
      ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
    }
    process.destroy();
  }
}
