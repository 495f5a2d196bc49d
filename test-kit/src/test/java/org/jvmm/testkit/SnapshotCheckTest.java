package org.jvmm.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.device.Snapshotable;

final class SnapshotCheckTest {
  private record Good(int version, int value, List<Integer> fifo) {}

  private record ArrayInside(int version, int[] fifo) {}

  /** A device whose restore can be spoilt. */
  private static final class Cell<S extends Record> implements Snapshotable<S> {
    private S state;
    private final UnaryOperator<S> restore;

    Cell(S state, UnaryOperator<S> restore) {
      this.state = state;
      this.restore = restore;
    }

    @Override
    public S save() {
      return state;
    }

    @Override
    public void restore(S saved) {
      state = restore.apply(saved);
    }
  }

  private static Good onlyVersion1(Good state) {
    if (state.version != 1) {
      throw new SnapshotException("version=" + state.version);
    }
    return state;
  }

  private static Cell<Good> cell(UnaryOperator<Good> restore) {
    return new Cell<>(new Good(1, 5, List.of(1, 2)), restore);
  }

  @Test
  void aFaithfulDevicePasses() {
    SnapshotCheck.roundTrip(
        cell(SnapshotCheckTest::onlyVersion1), cell(SnapshotCheckTest::onlyVersion1));
  }

  @Test
  void aForgottenComponentIsFound() {
    Cell<Good> forgetful = cell(state -> new Good(onlyVersion1(state).version, 0, state.fifo));
    assertThrows(
        AssertionError.class,
        () -> SnapshotCheck.roundTrip(cell(SnapshotCheckTest::onlyVersion1), forgetful));
  }

  @Test
  void aDeviceThatTakesAnyVersionIsFound() {
    Cell<Good> gullible = cell(state -> state);
    assertThrows(AssertionError.class, () -> SnapshotCheck.roundTrip(gullible, gullible));
  }

  @Test
  void arraysInTheRecordAreRefused() {
    Cell<ArrayInside> cell = new Cell<>(new ArrayInside(1, new int[0]), state -> state);
    assertThrows(AssertionError.class, () -> SnapshotCheck.roundTrip(cell, cell));
  }
}
