package dev.homeostat.bench;

import dev.homeostat.bench.Figure.Reach;
import dev.homeostat.host.ports.PortTable;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.HostPort.Protocol;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Checking the machine against what is declared. */
final class CheckFigures {
    private static final int TIMES = 30;
    private static final int PORTS = 100;
    private static final int WARM_UP = 5;

    private CheckFigures() {}

    /** As a process, so with the start of the client. */
    static List<Figure> doctor() {
        Scene.everything();
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < TIMES; i++) {
            long start = System.nanoTime();
            Guest.run("homeostat", "doctor", "--machine");
            samples.add(Guest.millis(System.nanoTime() - start));
        }
        return List.of(new Figure(
                "doctor-machine",
                "homeostat doctor --machine as a process, 500 files, 20 units, 10 containers",
                "ms",
                samples,
                Reach.p50(1000)));
    }

    /** In this process, beside all of the machine's: the same code as in the daemon. */
    static List<Figure> owners() {
        Scene.everything();
        List<ServerSocket> sockets = new ArrayList<>();
        List<Double> samples = new ArrayList<>();
        try {
            List<HostPort> wanted = new ArrayList<>();
            for (int i = 0; i < PORTS; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                sockets.add(socket);
                wanted.add(new HostPort("127.0.0.1", socket.getLocalPort(), Protocol.TCP));
            }
            PortTable table = new PortTable(new NameService());
            for (int i = 0; i < WARM_UP + TIMES; i++) {
                long start = System.nanoTime();
                int found = table.holders(wanted).size();
                if (i >= WARM_UP) {
                    samples.add(Guest.millis(System.nanoTime() - start));
                }
                if (found != PORTS) {
                    throw new IllegalStateException(found + " of " + PORTS + " owners were found");
                }
            }
        } catch (IOException | Trouble e) {
            throw new IllegalStateException(e);
        } finally {
            sockets.forEach(CheckFigures::close);
        }
        return List.of(new Figure(
                "port-owners", "who holds 100 ports: process, unit, container", "ms", samples, Reach.p50(50)));
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
