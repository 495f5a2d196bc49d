package org.jvmm.core.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.stats.ExitRecorder;
import org.jvmm.core.stats.ExitStats;

final class VmExitEventTest {
  private static final PortDevice SCRATCH =
      new PortDevice() {
        @Override
        public int read(int offset, int size) {
          return 0;
        }

        @Override
        public void write(int offset, int size, int value) {}
      };

  private final Buses buses = new Buses();
  private final ExitRecorder recorder = new ExitStats(false).recorder(3);

  private void exit(ExitReason reason, int port) {
    recorder.begin(new ScriptedVcpu.Exit(reason, port, 1, 0), buses);
    recorder.end();
  }

  @Test
  void aRecordingThatBeginsWhileTheGuestRunsHasTheExitsFromThenOn(@TempDir Path directory)
      throws IOException {
    buses.ports().attach("scratch", 0x10, 1, 4, SCRATCH);
    exit(ExitReason.IO_IN, 0x10);
    Path file = directory.resolve("exits.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jvmm.VmExit");
      recording.start();
      exit(ExitReason.IO_OUT, 0x10);
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("jvmm.VmExit"))
            .toList();
    assertEquals(1, events.size());
    assertEquals("IO_OUT", events.get(0).getString("reason"));
    assertEquals("scratch", events.get(0).getString("device"));
    assertEquals(3, events.get(0).getInt("vcpu"));
  }
}
