package org.jvmm.bench;

import java.util.concurrent.TimeUnit;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.kvm.KvmAccelerator;
import org.jvmm.kvm.nativecall.NativeLibrary;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A port exit there and back through each way of native calls; {@code ffm} needs Java 22. Run with
 * {@code -prof gc}: it allocates nothing. {@link ExitCost} sets it beside a C program.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(2)
public class KvmRunBenchmark {
  @Param({"jna", "jffi", "ffm"})
  public String calls;

  private OutLoopGuest guest;

  @Setup
  public void start() {
    guest = new OutLoopGuest(new KvmAccelerator(NativeLibrary.open(calls)));
  }

  @Benchmark
  public VcpuExit portExit() {
    return guest.exit();
  }

  @TearDown
  public void end() {
    guest.close();
  }
}
