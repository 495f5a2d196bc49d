package org.jvmm.core.stats;

import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;

/**
 * Whether Flight Recorder is in use, known without starting it: the first event object starts it,
 * and that is a fifth of the time from {@code java} to a guest's first instruction.
 */
public final class FlightRecording implements FlightRecorderListener {
  private static volatile boolean inUse = FlightRecorder.isInitialized();

  static {
    if (!inUse) {
      FlightRecorder.addListener(new FlightRecording());
      inUse = FlightRecorder.isInitialized(); // it may have come in between
    }
  }

  private FlightRecording() {}

  @Override
  public void recorderInitialized(FlightRecorder recorder) {
    inUse = true;
  }

  /** Whether events may have somebody to go to. */
  public static boolean inUse() {
    return inUse;
  }
}
