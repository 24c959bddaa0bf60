use reslate::replay::*; use reslate::snapshot::Snapshot;
#[global_allocator] static A: mimalloc::MiMalloc = mimalloc::MiMalloc;
fn main() { let rt = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
 let a: Vec<String> = std::env::args().collect();
 rt.block_on(async {
  let t=std::time::Instant::now();
  let s=Snapshot::open(&a[1]).unwrap_or_else(|e| panic!("{e}")); 
  let v=a[2].split(',').map(|x| reslate::version::find(x).unwrap().0).collect();
  let dates = if let Some(d)=std::env::var("D").ok() { Dates::On(d.parse().unwrap()) } else { Dates::Range{from:None,to:None} };
  let mut rq=Request::new(dates, reslate::version::shipped("v307").unwrap()); rq.versions=v; rq.subset_version=Some("v_%Y%m%d_120000".into());
  let r=Replay::open(&s, rq).await.unwrap_or_else(|e| panic!("{e}"));
  eprintln!("open {:?}", t.elapsed());
  match r.engine.user_query(&a[3]).await { Ok(b)=>{ eprintln!("done {:?}", t.elapsed()); if let Some(p)=a.get(4) { let f=std::fs::File::create(p).unwrap(); let mut w=datafusion::parquet::arrow::ArrowWriter::try_new(f,b[0].schema(),None).unwrap(); for x in &b { w.write(x).unwrap(); } w.close().unwrap(); } else { println!("{}", datafusion::arrow::util::pretty::pretty_format_batches(&b).unwrap()); } } Err(e)=>println!("ERR {e}") }
 }); }
