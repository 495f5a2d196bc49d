package org.jvmm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.device.Snapshotable;

/** What {@link Snapshotable} asks of every device. */
public final class SnapshotCheck {
  private SnapshotCheck() {}

  /**
   * Saves one device, restores another one from it and compares; also checks the form of the record
   * and that a record of an unknown version is refused.
   *
   * @param original in the state of interest
   * @param other another device of the same configuration, in any state
   * @return the state, for further checks
   */
  public static <S extends Record> S roundTrip(Snapshotable<S> original, Snapshotable<S> other) {
    S state = original.save();
    checkForm(state);
    assertEquals(state, original.save(), "save() changes the state");
    other.restore(state);
    assertEquals(state, other.save(), "restored state differs");
    S unknown = withVersion(state, Integer.MAX_VALUE);
    assertThrows(SnapshotException.class, () -> other.restore(unknown), "unknown version");
    return state;
  }

  private static void checkForm(Record state) {
    RecordComponent first = state.getClass().getRecordComponents()[0];
    assertEquals("int version", first.getType() + " " + first.getName(), "first component");
    checkComponents(state);
  }

  private static void checkComponents(Record state) {
    for (RecordComponent component : state.getClass().getRecordComponents()) {
      checkValue(component.getName(), valueOf(state, component));
    }
  }

  private static void checkValue(String name, Object value) {
    if (value instanceof Record record) {
      checkComponents(record);
    } else if (value instanceof List<?> list) {
      assertEquals(List.copyOf(list), list, name);
      list.forEach(element -> checkValue(name, element));
    } else {
      assertTrue(
          value instanceof Number
              || value instanceof Boolean
              || value instanceof Character
              || value instanceof String,
          () -> "component " + name + " has a value of no neutral type: " + value);
    }
  }

  private static <S extends Record> S withVersion(S state, int version) {
    RecordComponent[] components = state.getClass().getRecordComponents();
    Object[] values =
        Arrays.stream(components).map(component -> valueOf(state, component)).toArray();
    values[0] = version;
    try {
      @SuppressWarnings("unchecked")
      Constructor<S> constructor =
          (Constructor<S>)
              state
                  .getClass()
                  .getDeclaredConstructor(
                      Arrays.stream(components)
                          .map(RecordComponent::getType)
                          .toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(state.getClass() + " cannot be built", e);
    }
  }

  private static Object valueOf(Record state, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(state);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(component + " cannot be read", e);
    }
  }
}
