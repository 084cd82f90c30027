// Feeds recorded input codes to the engine and compares its sums with the recorded ones, bit for bit.
`timescale 1ns / 1ps
`default_nettype none

module testbench;
    localparam VECTORS = @VECTORS@;
    localparam INPUTS = @INPUTS@;
    localparam OUTPUTS = @OUTPUTS@;
    localparam CYCLES = @CYCLES@;                 // of one inference, as planned
    localparam MOST_SHOWN = 10;

    reg [@IN_TOP@:0] inputs [0:VECTORS*INPUTS-1];
    reg [@SUM_TOP@:0] sums [0:VECTORS*OUTPUTS-1];

    reg clk, rst, in_valid;
    reg [@IN_TOP@:0] in_code;
    wire in_ready, out_valid, done;
    wire signed [@SUM_TOP@:0] out_sum;
    cgs_engine engine (
        .clk(clk), .rst(rst),
        .in_valid(in_valid), .in_ready(in_ready), .in_code(in_code),
        .out_valid(out_valid), .out_sum(out_sum), .done(done)
    );

    integer vector, input_number, output_number, cycles, most_cycles, differing;

    // One cycle; a sum that the engine gives in it is compared.
    task tick;
        begin
            @(negedge clk);
            cycles = cycles + 1;
            if (out_valid) begin
                if (output_number >= OUTPUTS) begin
                    differing = differing + 1;
                    $display("vector %0d: more than %0d outputs", vector, OUTPUTS);
                end else if (out_sum !== $signed(sums[vector * OUTPUTS + output_number])) begin
                    differing = differing + 1;
                    if (differing <= MOST_SHOWN)
                        $display("vector %0d, output %0d: %0d instead of %0d", vector, output_number,
                                 out_sum, $signed(sums[vector * OUTPUTS + output_number]));
                end
                output_number = output_number + 1;
            end
        end
    endtask

    always #5 clk = !clk;

    initial begin
        $readmemh("inputs.hex", inputs);
        $readmemh("sums.hex", sums);
        clk = 0;
        rst = 1;
        in_valid = 0;
        in_code = 0;
        vector = 0;
        output_number = 0;
        differing = 0;
        most_cycles = 0;
        repeat (3) tick;
        rst = 0;
        for (vector = 0; vector < VECTORS; vector = vector + 1) begin
            cycles = 0;
            output_number = 0;
            in_valid = 1;
            for (input_number = 0; input_number < INPUTS; input_number = input_number + 1) begin
                in_code = inputs[vector * INPUTS + input_number];
                tick;
            end
            in_valid = 0;
            while (!done && cycles < 2 * CYCLES) tick;
            if (output_number < OUTPUTS) begin
                differing = differing + OUTPUTS - output_number;
                $display("vector %0d: %0d outputs instead of %0d", vector, output_number, OUTPUTS);
            end
            if (cycles > most_cycles) most_cycles = cycles;
        end
        $display("%0d vectors, %0d differing outputs", VECTORS, differing);
        $display("%0d cycles per inference, %0d planned", most_cycles, CYCLES);
        $finish(0);
    end
endmodule

`default_nettype wire
