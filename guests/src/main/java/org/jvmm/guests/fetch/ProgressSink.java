package org.jvmm.guests.fetch;

/** Hears what is going on while a guest is made. Called from one thread. */
public interface ProgressSink {

  /** Ignores everything. */
  ProgressSink NONE =
      new ProgressSink() {
        @Override
        public void begin(String what, long total, long already) {}

        @Override
        public void advance(long bytes) {}

        @Override
        public void end() {}

        @Override
        public void note(String line) {}
      };

  /**
   * A step begins.
   *
   * @param what its short name
   * @param total bytes in all, or -1 when not known
   * @param already bytes that an earlier run has left
   */
  void begin(String what, long total, long already);

  /** That many more bytes are done. */
  void advance(long bytes);

  /** The step is over. */
  void end();

  /** One line for the user. */
  void note(String line);
}
