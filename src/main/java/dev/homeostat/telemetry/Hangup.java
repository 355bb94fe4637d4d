package dev.homeostat.telemetry;

import java.lang.reflect.Proxy;

/**
 * Hears SIGHUP. The JDK has only sun.misc.Signal for it (module jdk.unsupported, kept for exactly this until there is a
 * supported way); it is called by name, because javac warns of every mention and knows no way to be told that it is meant.
 */
final class Hangup {
    private Hangup() {}

    /** @param listener is called on a thread of the JVM's own: returns at once */
    static void tell(Runnable listener) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object answering = Proxy.newProxyInstance(
                    handler.getClassLoader(),
                    new Class<?>[] {handler},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            listener.run();
                            yield null;
                        }
                        case "hashCode" -> System.identityHashCode(proxy);
                        case "equals" -> proxy == arguments[0];
                        default -> "listener to SIGHUP";
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), answering);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Java cannot listen to SIGHUP", e);
        }
    }
}
